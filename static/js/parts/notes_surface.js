/** The box in which notes are written: another's change moves neither caret nor view. */
import { caretAfter, spliceBetween, withoutTricks } from "../lib/splice.js";

/** @typedef {import("../lib/splice.js").Splice} Splice */

export class Surface {
  composing = false;
  /** @type {() => void} */
  onTyped = () => {};

  /** @param {HTMLTextAreaElement} box */
  constructor(box) {
    this.box = box;
    box.addEventListener("compositionstart", () => (this.composing = true));
    box.addEventListener("compositionend", () => {
      this.composing = false;
      this.onTyped();
    });
    box.addEventListener("input", () => this.composing || this.onTyped());
  }

  get caret() {
    return this.box.selectionEnd;
  }

  /** Give what stands in the box, without what nobody can see. */
  get text() {
    const { value } = this.box;
    const text = withoutTricks(value);
    if (text !== value && !this.composing) this.show(text);
    return text;
  }

  /** Empty the box and let nobody write in it, until it shows other notes. */
  close() {
    this.onTyped = () => {};
    this.composing = false;
    this.box.value = "";
    this.box.readOnly = true;
  }

  /**
   * Show another text; what did not change stays under the caret.
   * @param {string} text
   * @param {Splice} [change]  where it is known what has changed
   */
  show(text, change = spliceBetween(this.box.value, text)) {
    if (this.box.value === text) return;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = this.box;
    this.box.value = text;
    this.box.setSelectionRange(caretAfter(selectionStart, change), caretAfter(selectionEnd, change), selectionDirection);
    this.box.scrollTop = scrollTop;
  }
}
