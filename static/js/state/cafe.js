/** A café as everyone in its room sees it: its clock, its tables, and who sits where. */
import { reduceHarvest, reduceOwnVotes } from "./harvest.js";
import { lacking } from "./lists.js";
import { reducePerson } from "./person.js";
import { reduceRoom } from "./room.js";

/**
 * @typedef {{question: Record<string, string>, minutes?: number}} Round
 *
 * @typedef {object} Cafe
 * @property {string} preset
 * @property {string} mode
 * @property {Round[]} rounds
 * @property {string} phase
 * @property {number} [round]  from 0
 * @property {string} [ends_at]
 * @property {number | null} [left_ms]
 * @property {boolean} [recalled]
 * @property {Record<string, number>} [answers]
 * @property {import("../parts/cafe_proof.js").Proof | null} [proof]
 *
 * @typedef {object} CafeTable
 * @property {number} id  that of its room
 * @property {number} place
 * @property {string} name
 * @property {string} [topic]
 * @property {string} [language]
 * @property {number | null} [host]
 * @property {string} [host_name]
 * @property {number} [least]
 * @property {number} [most]
 * @property {boolean} [open]
 * @property {number} [extra_ms]
 * @property {number | null} [proposed_by]
 *
 * @typedef {object} HasCafe
 * @property {Cafe | null} [cafe]
 * @property {CafeTable[]} [tables]
 * @property {Record<string, number[]>} [seats]
 * @property {Record<string, number>} [table_votes]
 * @property {any} [table]  what those at a table see, where the room is one
 */

/** @type {Record<string, (state: any, event: any) => any>} */
const CAFE_EVENTS = {
  "cafe.planned": (state, { preset, mode, rounds }) => ({
    ...state,
    cafe: { phase: "draft", ...state.cafe, preset, mode, rounds },
    features: state.features?.includes("cafe") ? state.features : [...(state.features ?? []), "cafe"],
  }),
  "cafe.phase": (state, { type: _, ...clock }) => {
    const { preset, mode, rounds, answers, proof } = state.cafe;
    return { ...state, cafe: { preset, mode, rounds, ...(answers ? { answers } : {}), ...(proof ? { proof } : {}), ...clock } };
  },
  "cafe.proved": (state, { proof }) => ({ ...state, cafe: proof ? { ...state.cafe, proof } : lacking(state.cafe, ["proof"]) }),
  "cafe.answers": (state, { answers }) => ({ ...state, cafe: { ...state.cafe, answers } }),
  "table.listed": (state, { table }) => ({ ...state, tables: withTable(state.tables, table) }),
  "table.unlisted": (state, { table }) => ({
    ...state,
    tables: (state.tables ?? []).filter((/** @type {CafeTable} */ each) => each.id !== table),
    table_votes: lacking(state.table_votes, [String(table)]),
  }),
  "table.votes": (state, { votes }) => ({ ...state, table_votes: votes }),
  "seat.dealt": (state, { seats }) => ({ ...state, seats }),
  "seat.taken": (state, { person, table }) => ({ ...state, seats: withSeat(state.seats, person, table) }),
};

/**
 * @param {any} state
 * @param {{type: string}} event
 * @returns {any}
 */
export function reduceCafeRoom(state, event) {
  const reduce = CAFE_EVENTS[event.type];
  return reduce ? reduce(state, event) : reduceHarvest(/** @type {any} */ (reduceRoom(/** @type {any} */ (state), event)), event);
}

/** @type {Record<string, (state: any, event: any) => any>} */
const OWN_EVENTS = {
  "cafe.answered": (state, { room, answer = "" }) => {
    const others = lacking(state.answers, [String(room)]);
    return { ...state, answers: answer ? { ...others, [room]: answer } : others };
  },
  "table.voted": (state, { table, on }) => {
    const others = (state.table_votes ?? []).filter((/** @type {number} */ id) => id !== table);
    return { ...state, table_votes: on ? [...others, table].sort((one, other) => one - other) : others };
  },
};

/**
 * What only one person sees, with their answers and votes in cafés.
 * @param {any} state
 * @param {{type: string}} event
 * @returns {any}
 */
export function reduceGuest(state, event) {
  const reduce = OWN_EVENTS[event.type];
  return reduce ? reduce(state, event) : reduceOwnVotes(/** @type {any} */ (reducePerson(state, event)), event);
}

/**
 * @param {CafeTable[] | undefined} tables
 * @param {CafeTable} table
 */
function withTable(tables, table) {
  const rest = (tables ?? []).filter((each) => each.id !== table.id);
  return [...rest, table].sort((one, other) => one.place - other.place || one.id - other.id);
}

/**
 * @param {Record<string, number[]> | undefined} seats
 * @param {number} person
 * @param {number} table  0 for none
 */
function withSeat(seats, person, table) {
  const without = (/** @type {number[]} */ people) => (people.includes(person) ? people.filter((each) => each !== person) : people);
  const rest = Object.entries(seats ?? {}).map(([id, people]) => /** @type {[string, number[]]} */ ([id, without(people)]));
  const found = Object.fromEntries(rest.filter(([, people]) => people.length));
  if (table) found[table] = [...(found[table] ?? []), person].sort((one, other) => one - other);
  return found;
}
