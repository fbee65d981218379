/** A room as everyone in it sees it: its messages, its public questions, how many are there. */
import { ANNOUNCEMENT_EVENTS } from "./announcements.js";
import { CALL_EVENTS } from "./call.js";
import { byNumber, lacking, placed, without } from "./lists.js";

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} number  its place in the room's order
 * @property {number} by
 * @property {string} name
 * @property {string} at
 * @property {string} text
 * @property {string} [reply_to]
 * @property {boolean} [edited]
 *
 * @typedef {Record<string, Record<string, number>>} ReactionCounts  by message, by reaction
 *
 * @typedef {object} Chat
 * @property {Message[]} [messages]
 * @property {number | null} [before]  asks for the page before; absent at the beginning
 * @property {ReactionCounts} [reactions]
 *
 * @typedef {object} Question
 * @property {string} id
 * @property {number} number
 * @property {string} text
 * @property {"open" | "live" | "answered"} state
 * @property {string} at
 * @property {string} [name]  absent when it was asked anonymously
 *
 * @typedef {object} Questions
 * @property {Question[]} [questions]
 * @property {Record<string, number>} [scores]
 * @property {number | null} [before]
 *
 * @typedef {object} RoomFacts
 * @property {number} room
 * @property {string[]} features
 * @property {boolean} premoderated
 * @property {number} count  people present
 * @property {Chat} [chat]
 * @property {Questions} [questions]
 *
 * @typedef {RoomFacts & import("./announcements.js").Announces & import("./call.js").HasCall & import("./cafe.js").HasCafe} RoomState
 */

/** @type {Record<string, (state: RoomState, event: any) => RoomState>} */
const ROOM_EVENTS = {
  ...ANNOUNCEMENT_EVENTS,
  ...CALL_EVENTS,
  "chat.posted": (state, event) => withMessage(state, event),
  "chat.edited": (state, event) => withMessage(state, event),
  "chat.gone": (state, { id }) => {
    const { messages, reactions } = state.chat ?? {};
    return withChat(state, { messages: without(messages, id), reactions: lacking(reactions, [id]) });
  },
  "chat.reactions": (state, { reactions }) => {
    const none = Object.keys(reactions).filter((id) => !Object.keys(reactions[id]).length);
    return withChat(state, { reactions: lacking({ ...state.chat?.reactions, ...reactions }, none) });
  },
  "question.shown": (state, { question }) => withQuestion(state, question),
  "question.changed": (state, { question }) => withQuestion(state, question),
  "question.gone": (state, { id }) => {
    const { questions, scores } = state.questions ?? {};
    return withQuestions(state, { questions: without(questions, id), scores: lacking(scores, [id]) });
  },
  "question.scores": (state, { scores }) =>
    withQuestions(state, { scores: { ...state.questions?.scores, ...scores } }),
  "presence.count": (state, { count }) => ({ ...state, count }),
};

/**
 * @param {RoomState} state
 * @param {{type: string}} event
 * @returns {RoomState}
 */
export function reduceRoom(state, event) {
  return ROOM_EVENTS[event.type]?.(state, event) ?? state;
}

/**
 * Put an older page before what is there.
 * @param {RoomState} state
 * @param {Chat} page
 * @returns {RoomState}
 */
export function withOlder(state, page) {
  const held = new Set(state.chat?.messages?.map((each) => each.id));
  const messages = (page.messages ?? []).filter((each) => !held.has(each.id));
  return withChat(state, {
    messages: [...messages, ...(state.chat?.messages ?? [])].sort(byNumber),
    reactions: { ...page.reactions, ...state.chat?.reactions },
    before: page.before ?? null,
  });
}

/**
 * Let go of the oldest messages, which the page before brings back.
 * @param {RoomState} state
 * @param {number} most
 * @returns {RoomState}
 */
export function withNewest(state, most) {
  const all = state.chat?.messages ?? [];
  if (all.length <= most) return state;
  const messages = all.slice(-most);
  const gone = all.slice(0, -most).map((each) => each.id);
  return withChat(state, { messages, before: messages[0].number, reactions: lacking(state.chat?.reactions, gone) });
}

/**
 * @param {RoomState} state
 * @param {Message & {type?: string}} event
 */
function withMessage(state, event) {
  const { type, ...message } = event;
  const { messages, before } = state.chat ?? {};
  // One of a page that has not been asked for would stand beside a hole.
  if (before && message.number < before) return state;
  return withChat(state, { messages: placed(messages, message, byNumber) });
}

/**
 * @param {RoomState} state
 * @param {Question} question
 */
function withQuestion(state, question) {
  const { questions, before } = state.questions ?? {};
  if (before && question.number < before) return state;
  return withQuestions(state, { questions: placed(questions, question, byNumber) });
}

/**
 * @param {RoomState} state
 * @param {Chat} changed
 * @returns {RoomState}
 */
function withChat(state, changed) {
  return { ...state, chat: { ...state.chat, ...changed } };
}

/**
 * @param {RoomState} state
 * @param {Questions} changed
 * @returns {RoomState}
 */
function withQuestions(state, changed) {
  return { ...state, questions: { ...state.questions, ...changed } };
}
