/** The forum as everyone sees it. */
import { ANNOUNCEMENT_EVENTS } from "./announcements.js";

/** @typedef {import("./announcements.js").Announces} ForumState */

/**
 * @param {ForumState} state
 * @param {{type: string}} event
 * @returns {ForumState}
 */
export function reduceForum(state, event) {
  return ANNOUNCEMENT_EVENTS[event.type]?.(state, event) ?? state;
}
