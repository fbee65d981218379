/** A café table as those who may be there see it: who sits there and leads it, calls for help, what was left for them. */
import { reduceRoom } from "./room.js";

/** @type {Record<string, (table: any, event: any) => any>} */
const TABLE_EVENTS = {
  "table.people": (table, { people, leader }) => ({ ...table, people, leader }),
  "table.card": (table, { card }) => ({ ...table, card }),
  "table.called": (table, { help }) => ({ ...table, help }),
  "table.visitors": (table, { names }) => ({ ...table, visitors: names }),
};

/**
 * @param {any} state
 * @param {{type: string}} event
 * @returns {any}
 */
export function reduceTable(state, event) {
  const reduce = TABLE_EVENTS[event.type];
  return reduce ? { ...state, table: reduce(state?.table, event) } : reduceRoom(state, event);
}
