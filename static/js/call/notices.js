/** What the call has to say: notices that stay until they are put away, and words for screen readers only. */
import { made, setText, slot } from "../lib/dom.js";
import { word } from "./words.js";

/** @typedef {{label: string, act: () => unknown}} Way  something that a notice offers */

export class Notices {
  /** @type {Map<string, HTMLElement>} */
  #shown = new Map();
  /** @type {(wish: {listen: boolean}) => unknown} */
  join = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = /** @type {HTMLElement} */ (slot(root, "notices"));
    this.said = slot(root, "said");
  }

  /**
   * @param {string} key  a later notice of the same key takes its place
   * @param {string} words
   * @param {Way[]} [ways]
   */
  show(key, words, ways = []) {
    if (!words) return;
    const row = made("div", "call__notice");
    const text = made("p", "", words);
    text.dir = "auto";
    row.append(text, ...ways.map(({ label, act }) => this.#button(key, label, act)), this.#button(key, word("close"), () => {}));
    this.hide(key);
    this.#shown.set(key, row);
    this.list.append(row);
  }

  /** @param {string} key */
  hide(key) {
    this.#shown.get(key)?.remove();
    this.#shown.delete(key);
  }

  clear() {
    for (const key of [...this.#shown.keys()]) this.hide(key);
  }

  /** @param {string} words  to be read out, not shown */
  say(words) {
    setText(this.said, "");
    // The same words twice are two pieces of news.
    requestAnimationFrame(() => setText(this.said, words));
  }

  /** @param {{code: string, message: string}} refusal  of joining */
  refused({ code, message }) {
    const full = code === "call.full";
    this.show("refused", full ? `${message} ${word("full")}` : message, full ? [{ label: word("listen"), act: () => this.join({ listen: true }) }] : []);
  }

  /**
   * @param {string} key
   * @param {string} label
   * @param {() => unknown} act
   */
  #button(key, label, act) {
    const button = made("button", "button button--quiet button--small", label);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => {
      this.hide(key);
      act();
    });
    return button;
  }
}
