/** Notes written plainly: only the piece that changed travels, and the server merges it; for poor links. */
import { readKept, writeKept } from "../lib/kept.js";
import { inPieces, isInside, rebased, spliceBetween, spliced } from "../lib/splice.js";

/** @typedef {import("../lib/splice.js").Splice} Splice */

const PAUSE_MS = 900;
const LOOK_MS = 3_000;
const PLAIN_PIECE = 4000;
const AROUND = 24;

export class PlainNotes {
  failed = "";
  #base = "";
  #seq = -1;
  #sending = false;
  #started = false;
  #stopped = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lookTimer;

  /** @param {import("./notes_editor.js").Wiring} wiring */
  constructor(wiring) {
    this.wiring = wiring;
    wiring.surface.onTyped = () => this.typed();
  }

  /** Whether something has not reached the server. */
  get unsaved() {
    return this.#started && (this.#sending || this.wiring.surface.text !== this.#base);
  }

  /** @param {{text?: string, seq?: number}} state */
  reset({ text = "", seq = 0 }) {
    const kept = this.#started ? null : readKept("sessionStorage", this.wiring.keptKey);
    if (kept) {
      this.#base = kept.base;
      this.wiring.surface.show(kept.text);
    } else if (!this.#started) {
      this.#base = text;
      this.wiring.surface.show(text);
    }
    this.#started = true;
    this.#heard(text, seq);
    if (this.unsaved) this.typed();
  }

  /** Somebody has changed the notes: look at them soon, however many changes come. */
  told() {
    if (!this.#stopped) this.#lookTimer ??= setTimeout(() => this.#look(), LOOK_MS);
  }

  typed() {
    const { surface, changed, keptKey } = this.wiring;
    if (surface.composing || !this.#started || this.#stopped) return;
    this.failed = "";
    writeKept("sessionStorage", keptKey, this.unsaved ? { base: this.#base, text: surface.text } : null);
    changed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), PAUSE_MS);
  }

  /** End this way of writing, whose box is another's now; what was not sent is sent, or kept. */
  stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#lookTimer);
    if (this.#started) void this.#send();
    this.#stopped = true;
  }

  async #look() {
    this.#lookTimer = undefined;
    const { text = "", seq = 0 } = await this.wiring.look().catch(() => ({ text: "", seq: -1 }));
    if (!this.#sending && !this.#stopped) this.#heard(text, seq);
  }

  async #send() {
    const { surface, send, changed } = this.wiring;
    if (this.#sending || surface.composing || surface.text === this.#base) return changed();
    const change = part(spliceBetween(this.#base, surface.text, surface.caret));
    const aim = spliced(this.#base, change);
    this.#sending = true;
    changed();
    try {
      const { text = "", seq = 0 } = await send("notes.write", withAround(this.#base, change));
      if (this.#stopped) return this.#sent(aim);
      this.#base = aim;
      this.#sending = false;
      this.#heard(text, seq);
      this.typed();
    } catch (error) {
      this.#sending = false;
      if (this.#stopped) return;
      this.failed = /** @type {Error} */ (error).message;
      changed();
    }
  }

  /**
   * Forget what was kept once it has reached the server after all.
   * @param {string} aim
   */
  #sent(aim) {
    const kept = readKept("sessionStorage", this.wiring.keptKey);
    if (kept?.text === aim) writeKept("sessionStorage", this.wiring.keptKey, null);
  }

  /**
   * Show the text as the server has it, with what is being written here on top.
   * @param {string} text
   * @param {number} seq
   */
  #heard(text, seq) {
    const { surface } = this.wiring;
    if (seq < this.#seq) return;
    if (surface.composing) return this.told();
    this.#seq = seq;
    const others = spliceBetween(this.#base, text);
    const mine = spliceBetween(this.#base, surface.text);
    this.#base = text;
    surface.show(mine.gone || mine.letters ? spliced(text, rebased(mine, others)) : text);
    this.wiring.changed();
  }
}

/**
 * Choose what of a change travels first: a frame is not large.
 * @param {Splice} change
 * @returns {Splice}
 */
export function part({ at, gone, letters }) {
  const [first = ""] = inPieces(letters, PLAIN_PIECE);
  return gone > PLAIN_PIECE ? { at: at + gone - PLAIN_PIECE, gone: PLAIN_PIECE, letters: "" } : { at, gone, letters: first };
}

/**
 * Give the piece around a change, so that its place is found again in a text that others change meanwhile.
 * @param {string} base
 * @param {Splice} change
 */
export function withAround(base, { at, gone, letters }) {
  const from = even(base, Math.max(0, at - AROUND));
  const to = even(base, Math.min(base.length, at + gone + AROUND));
  const before = base.slice(from, to);
  const text = base.slice(from, at) + letters + base.slice(at + gone, to);
  return { before, text, at: [...base.slice(0, from)].length };
}

/**
 * @param {string} text
 * @param {number} at
 */
function even(text, at) {
  return isInside(text, at) ? at - 1 : at;
}
