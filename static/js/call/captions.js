/** The captions lane: what people type while others speak, and what was typed. */
import { Rows, cloned, setShown, setText, slot } from "../lib/dom.js";

const KEPT_LINES = 100;

/** @typedef {{seat: string, person: number, name: string, text: string, at: string}} Caption */

export class Captions {
  /** @type {(Caption & {key: string})[]} */
  #lines = [];
  #count = 0;

  /**
   * @param {HTMLElement} root
   * @param {import("./call.js").Call} call
   */
  constructor(root, call) {
    this.call = call;
    this.log = /** @type {HTMLElement} */ (slot(root, "captions"));
    this.rows = new Rows(slot(root, "lines"));
    this.form = /** @type {HTMLFormElement} */ (slot(root, "caption"));
    this.form.addEventListener("submit", (domEvent) => {
      domEvent.preventDefault();
      this.#send();
    });
    call.page.model.on("call.captioned", (event) => this.add(event));
  }

  /** @param {Caption} line */
  add(line) {
    this.#count += 1;
    this.#lines = [...this.#lines, { ...line, key: String(this.#count) }].slice(-KEPT_LINES);
    const end = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 8;
    this.rows.show(
      this.#lines.map((each) => each.key),
      () => cloned("call-line"),
    );
    for (const each of this.#lines) {
      const row = /** @type {HTMLElement} */ (this.rows.get(each.key));
      setText(slot(row, "name"), each.name);
      setText(slot(row, "text"), each.text);
    }
    if (end) this.log.scrollTop = this.log.scrollHeight;
  }

  draw() {
    setShown(this.form, this.call.stage === "inside");
  }

  async #send() {
    const box = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("text"));
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    await this.call.send("call.caption", { text }).catch((refusal) => {
      box.value ||= text;
      this.call.around.notices.show("refused", refusal.message);
    });
  }
}
