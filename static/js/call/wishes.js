/** What a person has chosen for calls, kept in this browser. */
import { readKept, writeKept } from "../lib/kept.js";
import { newRef } from "../lib/unanswered.js";

const WISHES_KEY = "majlis/call";
const DEVICE_KEY = "majlis/call-device";

/**
 * @typedef {object} Wishes
 * @property {string} [mic]  identifier of a device; "" takes the browser's
 * @property {string} [camera]
 * @property {string} [speaker]
 * @property {boolean} [muted]  join muted
 * @property {"tiles" | "list"} [view]
 * @property {"auto" | "on" | "off"} [saver]
 * @property {boolean} [noKeys]
 * @property {boolean} [pushToTalk]
 */

/** @returns {Wishes} */
export function readWishes() {
  return readKept("localStorage", WISHES_KEY) ?? {};
}

/** @param {Wishes} changed */
export function keepWishes(changed) {
  writeKept("localStorage", WISHES_KEY, { ...readWishes(), ...changed });
}

/** Name this tab, so that the server can tell a reload from another device. */
export function thisDevice() {
  const device = readKept("sessionStorage", DEVICE_KEY) ?? newRef();
  writeKept("sessionStorage", DEVICE_KEY, device);
  return device;
}
