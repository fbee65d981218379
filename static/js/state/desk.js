/** What the moderators of a room work on. */
import { byText, placed, without } from "./lists.js";

/**
 * @typedef {object} DeskQuestion
 * @property {string} id
 * @property {string} text
 * @property {string} state
 * @property {string} at
 * @property {number} by
 * @property {string} name
 * @property {number} rev
 * @property {boolean} [anonymous]
 * @property {number | null} [number]
 * @property {string} [why]
 *
 * @typedef {{questions?: DeskQuestion[]}} DeskState
 */

/** @type {Record<string, (state: DeskState, event: any) => DeskState>} */
const DESK_EVENTS = {
  "question.held": (state, { question }) => withDesk(state, question),
  "question.moved": (state, { question }) => withDesk(state, question),
  "question.left": (state, { id }) => ({ ...state, questions: without(state.questions, id) }),
};

/**
 * @param {DeskState} state
 * @param {{type: string}} event
 * @returns {DeskState}
 */
export function reduceDesk(state, event) {
  return DESK_EVENTS[event.type]?.(state, event) ?? state;
}

/**
 * @param {DeskState} state
 * @param {DeskQuestion} question
 * @returns {DeskState}
 */
function withDesk(state, question) {
  return { ...state, questions: placed(state.questions, question, deskOrder) };
}

/**
 * Numbered ones by number, then those never shown by time.
 * @param {DeskQuestion} one
 * @param {DeskQuestion} other
 */
function deskOrder(one, other) {
  const numbers = (one.number ?? Infinity) - (other.number ?? Infinity);
  return numbers || byText(one.at, other.at) || byText(one.id, other.id);
}
