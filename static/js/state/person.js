/** What only one person sees: their own questions, their votes, how far they have read. */
import { byText, placed, without } from "./lists.js";

/**
 * @typedef {object} OwnQuestion
 * @property {string} id
 * @property {number} room
 * @property {string} text
 * @property {string} state  as the moderators see it
 * @property {string} at
 * @property {boolean} [anonymous]
 * @property {number | null} [number]
 * @property {string} [why]  why it was turned down
 *
 * @typedef {object} PersonState
 * @property {string} name
 * @property {OwnQuestion[]} [questions]
 * @property {string[]} [votes]
 * @property {Record<string, number>} [read_to]  message numbers by room
 */

/** @type {Record<string, (state: PersonState, event: any) => PersonState>} */
const PERSON_EVENTS = {
  "question.yours": (state, { question }) => ({ ...state, questions: withOwn(state.questions, question) }),
  "question.voted": (state, { question, on }) => {
    const others = (state.votes ?? []).filter((id) => id !== question);
    return { ...state, votes: on ? [...others, question].sort(byText) : others };
  },
  "chat.read_to": (state, { room, number }) => ({ ...state, read_to: { ...state.read_to, [room]: number } }),
  "person.changed": (state, { name }) => ({ ...state, name }),
};

/**
 * @param {PersonState} state
 * @param {{type: string}} event
 * @returns {PersonState}
 */
export function reducePerson(state, event) {
  return PERSON_EVENTS[event.type]?.(state, event) ?? state;
}

/**
 * @param {OwnQuestion[] | undefined} list
 * @param {OwnQuestion} question
 */
function withOwn(list, question) {
  if (question.state === "withdrawn") return without(list, question.id);
  return placed(list, question, (one, other) => byText(one.at, other.at) || byText(other.id, one.id));
}
