/** Panels side by side where there is room, behind tabs where there is not. */
import { byId, setAttribute, setShown } from "../lib/dom.js";

const WIDE = "(min-width: 60rem)";

export class Tabs {
  /** @type {(() => void)[]} */
  #listeners = [];

  constructor() {
    this.list = /** @type {HTMLElement} */ (byId("room-tabs"));
    this.tabs = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[data-tab]")]);
    this.wide = matchMedia(WIDE);
    this.peopleOpen = false;
    this.chosen = this.tabs[0]?.dataset.tab ?? "";
    this.list.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    this.list.addEventListener("keydown", (domEvent) => this.#key(domEvent));
    this.switch = /** @type {HTMLButtonElement | null} */ (byId("people-switch"));
    this.switch?.addEventListener("click", () => this.#togglePeople());
    if (this.switch) this.switch.disabled = false;
    this.wide.addEventListener("change", () => this.#draw());
    addEventListener("hashchange", () => this.#toHash());
    this.#toHash();
    this.#draw();
    this.list.dataset.ready = "";
  }

  /** @param {() => void} listener  called when other panels are shown */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** @param {string} name */
  choose(name) {
    if (!this.tabs.some((tab) => tab.dataset.tab === name)) return;
    this.chosen = name;
    this.#draw();
  }

  /** @param {string} name */
  isShown(name) {
    if (!this.wide.matches) return this.chosen === name;
    return name !== "people" || this.peopleOpen;
  }

  #toHash() {
    const name = { "#message-": "chat", "#question-": "questions" }[location.hash.replace(/-.*/, "-")];
    if (name) this.choose(name);
  }

  #togglePeople() {
    this.peopleOpen = !this.peopleOpen;
    if (!this.wide.matches) this.choose("people");
    this.#draw();
  }

  #draw() {
    const wide = this.wide.matches;
    setAttribute(this.list, "role", wide ? null : "tablist");
    setShown(this.list, !wide);
    setAttribute(this.switch, "aria-expanded", this.isShown("people"));
    for (const tab of this.tabs) {
      const name = tab.dataset.tab ?? "";
      const chosen = name === this.chosen;
      setAttribute(tab, "role", wide ? null : "tab");
      setAttribute(tab, "aria-selected", wide ? null : chosen);
      setAttribute(tab, "aria-controls", name);
      setAttribute(tab, "tabindex", wide || chosen ? 0 : -1);
      this.#drawPanel(name, wide);
    }
    for (const listener of this.#listeners) listener();
  }

  /**
   * @param {string} name
   * @param {boolean} wide
   */
  #drawPanel(name, wide) {
    const panel = byId(name);
    setShown(panel, this.isShown(name));
    setAttribute(panel, "role", wide ? null : "tabpanel");
    setAttribute(panel, "aria-labelledby", wide ? `${name}-title` : `tab-${name}`);
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const tab = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-tab]"));
    if (tab) this.choose(tab.dataset.tab ?? "");
  }

  /** @param {KeyboardEvent} domEvent */
  #key(domEvent) {
    const at = this.tabs.findIndex((tab) => tab.dataset.tab === this.chosen);
    const forward = getComputedStyle(this.list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const moves = { ArrowLeft: -1, ArrowRight: -1, [forward]: 1 };
    const places = /** @type {Record<string, number>} */ ({ Home: 0, End: this.tabs.length - 1 });
    const to = places[domEvent.key] ?? at + (moves[/** @type {"ArrowLeft"} */ (domEvent.key)] ?? NaN);
    const tab = this.tabs[(to + this.tabs.length) % this.tabs.length];
    if (!tab) return;
    domEvent.preventDefault();
    this.choose(tab.dataset.tab ?? "");
    tab.focus();
  }
}
