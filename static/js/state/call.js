/** Who is in a room's call, and what may be known of them. */

/**
 * @typedef {object} CallSeat
 * @property {string} seat
 * @property {number} person
 * @property {string} name
 * @property {"joining" | "connected" | "recovering"} [state]
 * @property {boolean} [mic]
 * @property {boolean} [camera]
 * @property {boolean} [screen]
 * @property {string | null} [hand_at]
 * @property {boolean} [saver]
 * @property {boolean} [listen]
 * @property {boolean} [muted]  kept silent by a moderator until one allows it again
 * @property {"good" | "weak" | "bad" | ""} [quality]
 *
 * @typedef {object} CallRoster
 * @property {number} room
 * @property {"mixer" | "mesh"} [engine]
 * @property {CallSeat[]} [seats]  in the order of joining
 *
 * @typedef {{call?: CallRoster | null}} HasCall
 */

/** @type {Record<string, (state: any, event: any) => any>} */
export const CALL_EVENTS = {
  "call.roster": (state, { type, ...call }) => ({ ...state, call: call.seats?.length ? call : undefined }),
};
