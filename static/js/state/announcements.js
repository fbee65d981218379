/** What stands for a room or for the whole forum. */
import { byText, placed, without } from "./lists.js";

/**
 * @typedef {object} Announcement
 * @property {string} id
 * @property {Record<string, string>} texts  by language
 * @property {string} name
 * @property {string} at
 * @property {string} expires_at
 *
 * @typedef {{announcements?: Announcement[]}} Announces
 */

/** @type {Record<string, (state: any, event: any) => any>} */
export const ANNOUNCEMENT_EVENTS = {
  "announcement.shown": (state, { announcement }) => ({
    ...state,
    announcements: placed(state.announcements, announcement, (one, other) => byText(one.at, other.at)),
  }),
  "announcement.gone": (state, { id }) => ({ ...state, announcements: without(state.announcements, id) }),
};
