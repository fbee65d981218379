/** Notes written together: every change is merged with everybody's, in whatever order they arrive (Yjs). */
import { readKept, writeKept } from "../lib/kept.js";
import { fromBase64url, inPieces, spliceBetween, toBase64url } from "../lib/splice.js";

/**
 * @typedef {typeof import("yjs")} Yjs
 *
 * @typedef {object} Wiring  what notes need of their page
 * @property {import("./notes_surface.js").Surface} surface
 * @property {(name: string, body: Record<string, any>) => Promise<any>} send
 * @property {() => Promise<{text?: string, seq?: number}>} look  read the notes as plain text
 * @property {() => void} refresh  ask for the whole state again
 * @property {() => void} changed
 * @property {string} keptKey
 */

const TYPING = "typing";
const TOGETHER_MS = 250;
const PIECE = 5000;
const SENT_BYTES = 20_000;

export class EditorNotes {
  failed = "";
  /** @type {Uint8Array[]} */
  #waiting = [];
  /** @type {Uint8Array[]} */
  #held = [];
  #sending = false;
  #isBehind = false;
  /** @type {"new" | "open" | "stopped"} */
  #phase = "new";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Yjs} yjs
   * @param {Wiring} wiring
   */
  constructor(yjs, wiring) {
    this.yjs = yjs;
    this.wiring = wiring;
    this.document = new yjs.Doc();
    this.words = this.document.getText("notes");
    this.document.on("update", (update, origin) => {
      if (origin === TYPING) this.#queue([update]);
    });
    wiring.surface.onTyped = () => this.typed();
  }

  /** Whether something has not reached the server. */
  get unsaved() {
    return this.#waiting.length > 0;
  }

  /**
   * Take in the whole state, at the beginning or after a gap.
   * @param {{state?: string}} state
   */
  reset({ state }) {
    const bytes = state ? fromBase64url(state) : new Uint8Array([0, 0]);
    const kept = readKept("sessionStorage", this.wiring.keptKey) ?? [];
    this.#phase = "open";
    this.#take([bytes, ...kept.map(fromBase64url)]);
    if (this.#isBehind) {
      this.#isBehind = false;
      this.#waiting = [this.yjs.encodeStateAsUpdate(this.document, this.yjs.encodeStateVectorFromUpdate(bytes))];
      this.#sendSoon();
    } else if (!this.unsaved && kept.length) {
      this.#queue(kept.map(fromBase64url));
    }
  }

  /** @param {{update: string}} event */
  told({ update }) {
    this.#take([fromBase64url(update)]);
  }

  /** Make changes of what was typed; a word that is being composed waits until it is there. */
  typed() {
    const { surface } = this.wiring;
    if (surface.composing || this.#phase !== "open") return;
    const { at, gone, letters } = spliceBetween(String(this.words), surface.text, surface.caret);
    let place = at;
    if (gone) this.document.transact(() => this.words.delete(at, gone), TYPING);
    for (const piece of inPieces(letters, PIECE)) {
      this.document.transact(() => this.words.insert(place, piece), TYPING);
      place += piece.length;
    }
    this.#take([]);
  }

  /** End this way of writing, whose box is another's now; what was not sent is sent, or kept. */
  stop() {
    clearTimeout(this.#timer);
    this.#phase = "stopped";
    void this.#send();
    this.document.destroy();
  }

  /** @param {Uint8Array[]} updates */
  #take(updates) {
    this.#held.push(...updates);
    if (this.wiring.surface.composing || this.#phase !== "open") return;
    for (const update of this.#held.splice(0)) this.yjs.applyUpdate(this.document, update, "told");
    this.wiring.surface.show(String(this.words));
  }

  /** @param {Uint8Array[]} updates */
  #queue(updates) {
    this.#waiting.push(...updates);
    this.failed = "";
    this.#keep();
    this.#sendSoon();
  }

  #keep() {
    writeKept("sessionStorage", this.wiring.keptKey, this.unsaved ? this.#waiting.map(toBase64url) : null);
    if (this.#phase === "open") this.wiring.changed();
  }

  #sendSoon() {
    clearTimeout(this.#timer);
    if (this.#phase === "open") this.#timer = setTimeout(() => this.#send(), TOGETHER_MS);
  }

  async #send() {
    if (this.#sending || !this.unsaved) return;
    const many = this.#next();
    this.#sending = true;
    try {
      await this.wiring.send("notes.update", { update: toBase64url(this.yjs.mergeUpdates(many)) });
      this.#waiting = this.#waiting.filter((each) => !many.includes(each));
      this.#keep();
    } catch (error) {
      this.#refused(/** @type {any} */ (error));
    }
    this.#sending = false;
    if (!this.failed && !this.#isBehind && this.unsaved) this.#sendSoon();
  }

  /** Choose what travels together: as much as fits into one frame, and never nothing. */
  #next() {
    let size = 0;
    const end = this.#waiting.findIndex((each) => (size += each.length) > SENT_BYTES);
    return end < 0 ? [...this.#waiting] : this.#waiting.slice(0, Math.max(1, end));
  }

  /** @param {{code: string, message: string}} refusal */
  #refused({ code, message }) {
    if (this.#phase !== "open") return;
    this.#isBehind = code === "notes.behind";
    if (this.#isBehind) this.wiring.refresh();
    else this.failed = message;
    this.wiring.changed();
  }
}
