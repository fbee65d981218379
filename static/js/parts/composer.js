/** The box one writes into: Enter sends, what is not sent is kept. */
import { setShown, setText, slot } from "../lib/dom.js";
import { t, tn } from "../lib/i18n.js";
import { lengthOf } from "./outgoing.js";

/**
 * @typedef {object} About  what the text is going to be, when it is not simply a new message
 * @property {"reply" | "edit"} kind
 * @property {import("../state/room.js").Message} message
 */

/** Let a box grow with its text, where the style sheet alone cannot.
 * @param {HTMLTextAreaElement} box
 */
export function growWithText(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.blockSize = "auto";
  box.style.blockSize = `${box.scrollHeight + 2}px`;
}

/**
 * Tell whether a key press ends a text: Enter without Shift, and not one that only chooses a word.
 * @param {KeyboardEvent} domEvent
 */
export function isSendKey(domEvent) {
  const composing = domEvent.isComposing || domEvent.keyCode === 229;
  return domEvent.key === "Enter" && !domEvent.shiftKey && !domEvent.altKey && !composing;
}

export class Composer {
  /** @type {About | null} */
  about = null;
  #aside = "";

  /**
   * @param {HTMLFormElement} form
   * @param {import("../lib/page.js").LivePage} page
   * @param {(text: string, about: About | null) => void} send
   */
  constructor(form, page, send) {
    this.form = form;
    this.page = page;
    this.send = send;
    this.box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.limit = Number(this.box.dataset.limit);
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("button:not([type])"));
    this.button.disabled = false;
    // What was typed before this module ran is worth more than an older draft.
    this.box.value ||= page.kept("draft/chat") ?? "";
    form.addEventListener("submit", (domEvent) => {
      domEvent.preventDefault();
      this.#submit();
    });
    this.box.addEventListener("input", () => this.#written());
    this.box.addEventListener("keydown", (domEvent) => this.#key(domEvent));
    form.querySelector("[data-act=cancel]")?.addEventListener("click", () => this.cancel());
    growWithText(this.box);
  }

  /**
   * Say what the text is going to be: a reply, or another wording.
   * @param {About} about
   */
  begin(about) {
    if (about.kind === "edit") {
      if (this.about?.kind !== "edit") this.#aside = this.box.value;
      this.box.value = about.message.text;
    }
    this.about = about;
    setText(slot(this.form, "about-what"), about.kind === "edit" ? t("Editing your message") : t("Reply to"));
    setText(slot(this.form, "about-name"), about.kind === "edit" ? "" : about.message.name);
    setText(slot(this.form, "about-text"), about.kind === "edit" ? "" : about.message.text);
    setShown(slot(this.form, "about"), true);
    growWithText(this.box);
    this.box.focus();
  }

  /** Go back to writing a new message; a draft that was put aside returns. */
  cancel() {
    if (this.about?.kind === "edit") this.box.value = this.#aside;
    this.#ended();
    this.box.focus();
  }

  #submit() {
    const text = this.box.value;
    const over = lengthOf(text) - this.limit;
    if (over > 0) return this.#complain(tn("{n} character too many", "{n} characters too many", over));
    if (!text.trim()) return;
    this.send(text, this.about);
    this.box.value = this.about?.kind === "edit" ? this.#aside : "";
    this.#ended();
  }

  #ended() {
    this.about = null;
    this.#aside = "";
    setShown(slot(this.form, "about"), false);
    this.#written();
  }

  #written() {
    growWithText(this.box);
    this.#complain("");
    if (this.about?.kind !== "edit") this.page.keep("draft/chat", this.box.value);
  }

  /** @param {string} words */
  #complain(words) {
    setText(slot(this.form, "error"), words);
  }

  /** @param {KeyboardEvent} domEvent */
  #key(domEvent) {
    if (domEvent.key === "Escape" && this.about) return this.cancel();
    if (!isSendKey(domEvent)) return;
    domEvent.preventDefault();
    this.#submit();
  }
}
