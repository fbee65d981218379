/** People moved and swapped by their host: picked up and put down with keys or a finger, or dragged. */
import { byId, setText } from "../lib/dom.js";
import { isolate, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";

/** Stands for a table where nobody sits at any. */
export const LOBBY = 0;

export class HostMoves {
  /** Who is picked up; 0 for nobody. */
  held = 0;
  /** @type {Element | null} */
  #over = null;

  /** @param {import("./host_tables.js").HostTables} tables */
  constructor(tables) {
    this.tables = tables;
    this.page = tables.page;
    this.root = tables.root;
    this.root.addEventListener("click", (domEvent) => this.#clicked(/** @type {Element} */ (domEvent.target)));
    this.root.addEventListener("keydown", (domEvent) => this.#key(domEvent));
    this.root.addEventListener("dragstart", (domEvent) => this.#dragged(domEvent));
    this.root.addEventListener("dragover", (domEvent) => this.#draggedOver(domEvent));
    this.root.addEventListener("dragend", () => this.#mark(null));
    this.root.addEventListener("drop", (domEvent) => this.#dropped(domEvent));
  }

  /** @param {Element} target */
  #clicked(target) {
    const person = personAt(target);
    if (person) {
      // The chip, not its button, gets the mouse: Firefox drags nothing that begins on a button.
      target.closest("[data-person]")?.querySelector("button")?.focus({ preventScroll: true });
      return this.#pick(person);
    }
    if (this.held && target.closest("[data-act=drop]")) void this.#move(this.held, tableAt(target));
  }

  /** @param {KeyboardEvent} domEvent */
  #key(domEvent) {
    if (domEvent.key === "Escape" && this.held) this.#pick(this.held);
    if (!this.held || !["ArrowDown", "ArrowUp"].includes(domEvent.key)) return;
    const all = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll("[data-act=drop]")]);
    const places = all.filter((each) => each.checkVisibility());
    const at = places.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    domEvent.preventDefault();
    const to = domEvent.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
    places.at(to % places.length)?.focus();
  }

  /** @param {number} person */
  #pick(person) {
    const held = this.held;
    if (held && held !== person) return void this.#swap(held, person);
    this.held = held ? 0 : person;
    const words = t("{name} is picked up. Choose a table, or a person to swap with.", { name: this.#who(person) });
    setText(byId("alarm"), this.held ? words : t("Let go."));
    this.tables.draw();
  }

  #letGo() {
    this.held = 0;
    this.tables.draw();
  }

  /**
   * @param {number} person
   * @param {number} table  0 for the lobby
   */
  async #move(person, table) {
    const before = this.#tableOf(person);
    this.#letGo();
    if (!(await this.tables.send("seat.move", { room: this.page.room, person, table }))) return;
    const undo = () => void this.tables.send("seat.move", { room: this.page.room, person, table: before });
    const words = { name: this.#who(person), table: isolate(this.tables.named(table)) };
    toast(t("{name} sits at {table} now.", words), { label: t("Undo"), act: undo });
    /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-person="${person}"] button`))?.focus();
  }

  /**
   * @param {number} person
   * @param {number} other
   */
  async #swap(person, other) {
    this.#letGo();
    if (!this.#tableOf(other)) return void this.#move(person, LOBBY);
    if (!this.#tableOf(person)) return void this.#move(person, this.#tableOf(other));
    const body = { room: this.page.room, person, other };
    if (!(await this.tables.send("seat.swap", body))) return;
    const names = { one: this.#who(person), other: this.#who(other) };
    toast(t("{one} and {other} have changed places.", names), { label: t("Undo"), act: () => void this.tables.send("seat.swap", body) });
  }

  /** @param {DragEvent} domEvent */
  #dragged(domEvent) {
    const person = personAt(/** @type {Element} */ (domEvent.target));
    if (!person || !domEvent.dataTransfer) return;
    domEvent.dataTransfer.effectAllowed = "move";
    domEvent.dataTransfer.setData("text/plain", String(person));
  }

  /** @param {DragEvent} domEvent */
  #draggedOver(domEvent) {
    const card = /** @type {Element} */ (domEvent.target).closest("[data-id]");
    if (card) domEvent.preventDefault();
    this.#mark(card);
  }

  /** @param {DragEvent} domEvent */
  #dropped(domEvent) {
    const target = /** @type {Element} */ (domEvent.target);
    const person = Number(domEvent.dataTransfer?.getData("text/plain"));
    const other = personAt(target);
    this.#mark(null);
    if (!person || !target.closest("[data-id]")) return;
    domEvent.preventDefault();
    if (other && other !== person) void this.#swap(person, other);
    else if (!other && this.#tableOf(person) !== tableAt(target)) void this.#move(person, tableAt(target));
  }

  /** @param {Element | null} card */
  #mark(card) {
    if (card === this.#over) return;
    this.#over?.classList.remove("is-over");
    card?.classList.add("is-over");
    this.#over = card;
  }

  /** @param {number} person */
  #tableOf(person) {
    return Number(Object.entries(this.tables.seats).find(([, people]) => people.includes(person))?.[0] ?? LOBBY);
  }

  /** @param {number} person */
  #who(person) {
    return isolate(this.tables.known.get(person)?.name ?? "");
  }
}

/** @param {Element} target */
function personAt(target) {
  return Number(/** @type {HTMLElement | null} */ (target.closest("[data-person]"))?.dataset.person ?? 0);
}

/** @param {Element} target */
function tableAt(target) {
  return Number(/** @type {HTMLElement | null} */ (target.closest("[data-id]"))?.dataset.id ?? LOBBY);
}
