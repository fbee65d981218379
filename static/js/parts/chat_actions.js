/** What can be done with a message: react, reply, edit, delete, hide, copy its link. */
import { byId, cloned, setAttribute, setShown } from "../lib/dom.js";
import { serverNow } from "../lib/clock.js";
import { t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { Composer } from "./composer.js";

/** @typedef {import("../state/room.js").Message} Message */

const EDITABLE_MS = 600_000;
const REACTED_KEPT = 500;
/** @type {string[]} */
const NO_REACTIONS = [];

export class MessageActions {
  /** @type {Map<string, () => void>} */
  #leaving = new Map();
  /** @type {Record<string, string[]>} */
  #reacted;
  /** @type {string} */
  #openFor = "";

  /** @param {import("./chat.js").Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.page = chat.page;
    this.#reacted = this.page.kept("reacted") ?? {};
    this.tools = cloned("message-tools");
    chat.list.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    chat.list.addEventListener("keydown", (domEvent) => this.#key(domEvent));
    chat.log.box.addEventListener("keydown", (domEvent) => domEvent.target === chat.log.box && this.#key(domEvent));
    // A message that was deleted, and not brought back before the page is left, is deleted.
    addEventListener("pagehide", () => [...this.#leaving.values()].forEach((go) => go()));
    const form = /** @type {HTMLFormElement | null} */ (byId("composer"));
    this.composer = form && new Composer(form, this.page, (text, about) => this.#send(text, about));
  }

  /**
   * Whether a message is already out of sight, though it can still be brought back.
   * @param {string} id
   */
  isLeaving(id) {
    return this.#leaving.has(id);
  }

  /**
   * Give the reader's own reactions to a message, as far as this browser remembers them.
   * @param {string} id
   */
  reactedTo(id) {
    return this.#reacted[id] ?? NO_REACTIONS;
  }

  /** @type {Record<string, (id: string, button: HTMLElement, row: HTMLElement) => void>} */
  #acts = {
    tools: (id, _, row) => this.#toggleTools(id, row),
    react: (id, button) => this.#react(id, button),
    reply: (id) => this.#begin(id, "reply"),
    edit: (id) => this.#begin(id, "edit"),
    delete: (id, _, row) => this.#delete(id, row),
    hide: (id) => this.#hide(id),
    copy: (id) => this.#copy(id),
    retry: (id) => this.chat.posts.retry(id),
    discard: (id) => this.chat.posts.discard(id),
  };

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const target = /** @type {Element} */ (domEvent.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".message"));
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-act]"));
    if (row && button) this.#acts[button.dataset.act ?? ""]?.(row.dataset.id ?? "", button, row);
    const quote = target.closest(".message__quote");
    if (!quote) return;
    domEvent.preventDefault();
    this.chat.goTo((quote.getAttribute("href") ?? "").slice("#message-".length));
  }

  /** @param {KeyboardEvent} domEvent */
  #key(domEvent) {
    const { key } = domEvent;
    const rows = /** @type {HTMLElement[]} */ ([...this.chat.list.querySelectorAll(".message")]);
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[at];
    if (key === "Escape" && this.#openFor) return this.#closeTools(true);
    if (row && key === "Enter" && domEvent.target === row) this.#toggleTools(row.dataset.id ?? "", row);
    else if (key === "ArrowUp" && domEvent.target !== this.chat.log.box) rows[Math.max(0, at - 1)]?.focus();
    else if (key === "ArrowUp" && this.chat.log.atEnd) rows.at(-1)?.focus();
    else if (key === "ArrowDown" && at >= 0) rows[Math.min(rows.length - 1, at + 1)]?.focus();
    else return;
    domEvent.preventDefault();
  }

  /**
   * @param {string} id
   * @param {HTMLElement} row
   */
  #toggleTools(id, row) {
    const again = this.#openFor === id;
    this.#closeTools(again);
    const message = this.#message(id);
    if (again || !message) return;
    this.#openFor = id;
    const mine = message.by === this.page.me;
    const young = serverNow() - Date.parse(message.at) < EDITABLE_MS;
    const writes = Boolean(this.composer);
    const offered = { react: this.page.may("chat.react"), reply: writes, edit: mine && young && writes, delete: mine, hide: !mine && this.page.may("chat.moderate") };
    for (const [act, shown] of Object.entries(offered)) {
      for (const button of this.tools.querySelectorAll(`[data-act="${act}"]`)) setShown(button, shown);
    }
    this.#pressTools();
    setAttribute(row.querySelector("[data-act=tools]"), "aria-expanded", true);
    row.classList.add("message--open");
    row.append(this.tools);
    this.tools.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement | null} */ (this.tools.querySelector("button:not([hidden])"))?.focus({ preventScroll: true });
  }

  /** @param {boolean} focusBack */
  #closeTools(focusBack) {
    const row = this.tools.parentElement;
    this.#openFor = "";
    if (!row) return;
    this.tools.remove();
    row.classList.remove("message--open");
    setAttribute(row.querySelector("[data-act=tools]"), "aria-expanded", false);
    if (focusBack) row.focus();
  }

  #pressTools() {
    const reacted = this.reactedTo(this.#openFor);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.tools.querySelectorAll("[data-reaction]"))) {
      setAttribute(button, "aria-pressed", reacted.includes(button.dataset.reaction ?? ""));
    }
  }

  /** @param {string} id */
  #message(id) {
    return this.chat.messages.find((each) => each.id === id);
  }

  /**
   * Set a reaction or take it back; it is set, not toggled, so that a second try does no harm.
   * @param {string} id
   * @param {HTMLElement} button
   */
  #react(id, button) {
    if (!this.page.may("chat.react")) return;
    const reaction = button.dataset.reaction ?? /** @type {HTMLElement} */ (button.closest("[data-id]"))?.dataset.id ?? "";
    const on = !this.reactedTo(id).includes(reaction);
    this.#remember(id, reaction, on);
    const undo = (/** @type {Error} */ refusal) => {
      this.#remember(id, reaction, !on);
      toast(refusal.message, null, true);
    };
    this.page.line.send("chat.react", { message: id, reaction, on }).catch(undo);
    if (this.#openFor) this.#pressTools();
  }

  /**
   * @param {string} id
   * @param {string} reaction
   * @param {boolean} on
   */
  #remember(id, reaction, on) {
    const others = this.reactedTo(id).filter((each) => each !== reaction);
    const { [id]: _, ...rest } = this.#reacted;
    this.#reacted = { ...rest, [id]: on ? [...others, reaction] : others };
    this.page.keep("reacted", Object.fromEntries(Object.entries(this.#reacted).slice(-REACTED_KEPT)));
    this.page.model.redraw();
  }

  /**
   * @param {string} id
   * @param {"reply" | "edit"} kind
   */
  #begin(id, kind) {
    const message = this.#message(id);
    this.#closeTools(false);
    if (message) this.composer?.begin({ kind, message });
  }

  /**
   * @param {string} text
   * @param {import("./composer.js").About | null} about
   */
  #send(text, about) {
    if (about?.kind === "edit") return this.#edit(about.message.id, text);
    this.chat.reading.lineAfter = null;
    this.chat.posts.send({ room: this.page.room, text, ...(about ? { reply_to: about.message.id } : {}) });
    this.chat.toNewest();
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  #edit(id, text) {
    const again = () => {
      const message = this.#message(id);
      if (message) this.composer?.begin({ kind: "edit", message: { ...message, text } });
    };
    const offer = { label: t("Back to the text"), act: again };
    this.page.line.send("chat.edit", { message: id, text }).catch((refusal) => toast(refusal.message, offer, true));
  }

  /**
   * Take a message out of sight at once, and away for good once nobody wants it back.
   * @param {string} id
   * @param {HTMLElement} row
   */
  #delete(id, row) {
    const next = /** @type {HTMLElement | null} */ (row.nextElementSibling ?? row.previousElementSibling);
    this.#closeTools(false);
    const back = () => {
      this.#leaving.delete(id);
      this.page.model.redraw();
    };
    const go = () => {
      this.page.line.send("chat.delete", { message: id }).catch((refusal) => toast(refusal.message, null, true)).finally(back);
    };
    this.#leaving.set(id, go);
    next?.focus({ preventScroll: true });
    this.page.model.redraw();
    toast(t("Message deleted"), { label: t("Undo"), act: back, passed: go });
  }

  /** @param {string} id */
  #hide(id) {
    this.#closeTools(true);
    const send = (/** @type {string} */ name) =>
      this.page.line.send(name, { message: id }).catch((refusal) => toast(refusal.message, null, true));
    send("chat.hide");
    toast(t("Message hidden for everyone"), { label: t("Undo"), act: () => send("chat.restore") });
  }

  /** @param {string} id */
  async #copy(id) {
    const address = `${location.origin}${location.pathname}#message-${id}`;
    this.#closeTools(true);
    try {
      await navigator.clipboard.writeText(address);
      toast(t("Link copied"));
    } catch {
      location.hash = `message-${id}`;
    }
  }
}
