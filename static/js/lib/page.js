/** What every live page has: its boot data, its states, its socket. */
import { readKept, writeKept } from "./kept.js";
import { Model } from "./model.js";
import { Line } from "./socket.js";

/**
 * @typedef {object} Boot  what the server has written into the page
 * @property {number} room
 * @property {{id: number, name: string} | null} [person]
 * @property {string[]} [permissions]
 * @property {Record<string, number>} [since]
 * @property {Record<string, any>} [states]
 * @property {string[]} [reactions]
 */

/** @typedef {import("./socket.js").LineState} LineState */

/** @returns {Boot} */
export function readBoot() {
  return JSON.parse(document.getElementById("boot")?.textContent || '{"room":0}');
}

/** The one thing that a page's parts share. */
export class LivePage {
  /** @type {((state: LineState, why: string) => void)[]} */
  #onState = [];

  /**
   * @param {Boot} boot
   * @param {string[]} streams
   * @param {(stream: string) => import("./model.js").Reducer} reducerOf
   */
  constructor(boot, streams, reducerOf) {
    this.boot = boot;
    this.room = boot.room;
    this.me = boot.person?.id ?? 0;
    this.permissions = new Set(boot.permissions);
    this.model = new Model(boot.states ?? {}, reducerOf);
    this.line = new Line({
      connect: socketMaker(),
      streams,
      since: boot.since,
      person: boot.person === undefined ? undefined : (boot.person?.id ?? null),
      told: (stream, event) => this.model.told(stream, event),
      reset: (stream, state) => this.model.reset(stream, state),
      changed: (state, why) => this.#changed(state, why),
      refused: (_, error) => this.#changed("ended", error.code),
    });
  }

  /** @returns {import("../state/room.js").RoomState} */
  get roomState() {
    return this.model.states[`room/${this.room}`];
  }

  /** @returns {import("../state/person.js").PersonState} */
  get mine() {
    return this.model.states[`person/${this.me}`];
  }

  /** @returns {import("../state/desk.js").DeskState} */
  get desk() {
    return this.model.states[`room/${this.room}/moderators`];
  }

  /** @param {string} permission */
  may(permission) {
    return this.permissions.has(permission);
  }

  /** @param {(state: LineState, why: string) => void} listener */
  onState(listener) {
    this.#onState.push(listener);
    listener(this.line.state, "");
  }

  /** Open the line, and look after it when the machine wakes or the network changes. */
  start() {
    this.line.start();
    const wake = () => document.hidden || this.line.wake();
    document.addEventListener("visibilitychange", wake);
    for (const name of ["online", "offline", "pageshow", "focus"]) addEventListener(name, wake);
  }

  /**
   * Name a place in this browser's storage for this person in this room.
   * @param {string} what
   */
  keptKey(what) {
    return `majlis/${this.me}/${this.room}/${what}`;
  }

  /** @param {string} what */
  kept(what) {
    return readKept("localStorage", this.keptKey(what));
  }

  /**
   * @param {string} what
   * @param {unknown} value
   */
  keep(what, value) {
    writeKept("localStorage", this.keptKey(what), value);
  }

  /**
   * @param {LineState} state
   * @param {string} why
   */
  #changed(state, why) {
    for (const listener of this.#onState) listener(state, why);
  }
}

/** Take the socket that the page's head has opened already; afterwards make new ones. */
function socketMaker() {
  let early = /** @type {{early?: import("./socket.js").SocketLike}} */ (/** @type {unknown} */ (globalThis)).early;
  return () => {
    const first = early;
    early = undefined;
    return first ?? new WebSocket(`${location.origin.replace("http", "ws")}/live`, "majlis.v1");
  };
}
