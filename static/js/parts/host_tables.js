/** All tables of a running café: who sits where, who needs help, and people moved and swapped by any hand. */
import { byId, cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, isolate, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";

/** @type {Record<string, string>} */
const ANSWERS = { in: t("{n} are in", { n: "{n}" }), listening: t("{n} listen only", { n: "{n}" }), leaving: t("{n} leave", { n: "{n}" }) };
const LOBBY = 0;

export class HostTables {
  #picked = 0;
  /** @type {Map<HTMLElement, Rows>} */
  #chips = new Map();

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
    this.root = /** @type {HTMLElement} */ (byId("run"));
    this.list = /** @type {HTMLElement} */ (byId("run-tables"));
    this.lobby = /** @type {HTMLElement} */ (byId("lobby"));
    this.lobby.dataset.id = String(LOBBY);
    this.rows = new Rows(this.list);
    this.order = /** @type {HTMLSelectElement} */ (byId("order"));
    this.order.addEventListener("change", () => this.draw());
    this.root.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    this.root.addEventListener("change", (domEvent) => this.#merged(domEvent));
    this.root.addEventListener("keydown", (domEvent) => this.#key(domEvent));
    this.#startDragging();
    byId("add-now")?.addEventListener("click", () => this.#add());
    page.model.watch(() => this.draw());
    this.draw();
  }

  get hosts() {
    return this.page.model.states[`room/${this.page.room}/hosts`] ?? {};
  }

  /** Who sits where, or where they would sit while seats are proposed. */
  get seats() {
    const proposed = this.page.roomState.cafe?.phase === "seating" && Object.keys(this.hosts.seats ?? {}).length;
    return /** @type {Record<string, number[]>} */ (proposed ? this.hosts.seats : (this.page.roomState.seats ?? {}));
  }

  draw() {
    const { cafe, tables = [] } = this.page.roomState;
    const shown = Boolean(cafe) && !["draft", "over"].includes(cafe?.phase ?? "");
    setShown(this.root, shown);
    if (!shown) return;
    const known = new Map((this.hosts.people ?? []).map((/** @type {any} */ each) => [each.id, each]));
    const sorted = this.#sorted(tables);
    this.rows.show(sorted.map((each) => String(each.id)), (key) => this.#newCard(key));
    for (const table of sorted) this.#fill(/** @type {HTMLElement} */ (this.rows.get(String(table.id))), table, known);
    const sitting = new Set(Object.values(this.seats).flat());
    const waiting = [...known.keys()].filter((id) => !sitting.has(id));
    this.#fillPeople(this.lobby, waiting, known);
    const counts = Object.entries(cafe?.answers ?? {}).map(([name, n]) => ANSWERS[name].replace("{n}", formatNumber(n)));
    setText(byId("answers"), counts.join(" · "));
  }

  /** @param {any[]} tables */
  #sorted(tables) {
    const helps = new Set((this.hosts.helps ?? []).map((/** @type {any} */ each) => each.table));
    const few = (/** @type {any} */ table) => this.seats[table.id]?.length ?? 0;
    if (this.order.value === "help") return [...tables].sort((one, other) => Number(helps.has(other.id)) - Number(helps.has(one.id)));
    return this.order.value === "few" ? [...tables].sort((one, other) => few(one) - few(other)) : tables;
  }

  /** @param {string} key */
  #newCard(key) {
    const card = cloned("run-card");
    card.dataset.id = key;
    /** @type {HTMLAnchorElement} */ (slot(card, "go")).href = `/${document.documentElement.lang}/rooms/${this.page.room}/cafe#table-${key}`;
    return card;
  }

  /**
   * @param {HTMLElement} card
   * @param {any} table
   * @param {Map<number, any>} known
   */
  #fill(card, table, known) {
    const open = table.open !== false;
    const people = this.seats[table.id] ?? [];
    card.classList.toggle("is-closed", !open);
    setText(slot(card, "name"), table.name);
    setText(slot(card, "topic"), table.topic ?? "");
    setText(slot(card, "seats"), t("{taken} of {most}", { taken: people.length, most: table.most ?? 8 }));
    this.#fillPeople(card, people, known, table);
    this.#fillHelp(card, (this.hosts.helps ?? []).find((/** @type {any} */ each) => each.table === table.id));
    const facts = [
      this.hosts.hands?.[table.id] ? t("Hands: {n}", { n: this.hosts.hands[table.id] }) : "",
      this.hosts.lengths?.[table.id] ? t("Notes: {n} characters", { n: this.hosts.lengths[table.id] }) : "",
      table.extra_ms ? t("+{n} min", { n: Math.round(table.extra_ms / 60_000) }) : "",
      open ? "" : t("closed"),
    ];
    setText(slot(card, "facts"), facts.filter(Boolean).join(" · "));
    setShown(card.querySelector("[data-act=close]"), open);
    setShown(card.querySelector("[data-act=reopen]"), !open);
  }

  /**
   * @param {HTMLElement} card
   * @param {any} help
   */
  #fillHelp(card, help) {
    setShown(slot(card, "help"), Boolean(help));
    if (!help) return;
    setText(slot(card, "reason"), help.reason ?? "");
    setText(slot(card, "coming"), help.name ? t("{name} is coming.", { name: isolate(help.name) }) : "");
    setShown(card.querySelector("[data-act=claim]"), !help.claimed_by);
  }

  /**
   * @param {HTMLElement} card
   * @param {number[]} ids
   * @param {Map<number, any>} known
   * @param {any} [table]
   */
  #fillPeople(card, ids, known, table) {
    const list = /** @type {HTMLElement} */ (slot(card, "people"));
    const rows = this.#chips.get(list) ?? new Rows(list);
    this.#chips.set(list, rows);
    rows.show(ids.map(String), (key) => {
      const chip = cloned("seat-chip");
      chip.dataset.person = key;
      return chip;
    });
    for (const id of ids) this.#fillChip(rows.get(String(id)), known.get(id), id, table);
    if (!table) setText(slot(card, "seats"), formatNumber(ids.length));
    const here = ids.includes(this.#picked);
    setShown(card.querySelector("[data-act=drop]"), Boolean(this.#picked) && !here && table?.open !== false);
  }

  /**
   * @param {HTMLElement | undefined} chip
   * @param {any} person
   * @param {number} id
   * @param {any} table
   */
  #fillChip(chip, person, id, table) {
    if (!chip) return;
    const away = (this.hosts.away ?? []).includes(id);
    const answer = this.hosts.answers?.[id];
    setText(slot(chip, "name"), person?.name ?? `#${id}`);
    const more = [
      (person?.languages ?? []).join(" "),
      table && (table.host === id || table.leader === id) ? "★" : "",
      person?.listening || answer === "listening" ? "👂" : "",
      answer === "leaving" ? "👋" : "",
      away ? t("away") : "",
    ];
    setText(slot(chip, "more"), more.filter(Boolean).join(" "));
    chip.classList.toggle("is-away", away);
    setAttribute(chip.querySelector("[data-act=pick]"), "aria-pressed", this.#picked === id);
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const target = /** @type {Element} */ (domEvent.target);
    const act = /** @type {HTMLElement | null} */ (target.closest("[data-act]"))?.dataset.act;
    const card = /** @type {HTMLElement | null} */ (target.closest("[data-id]"));
    const table = Number(card?.dataset.id);
    if (act === "pick") return this.#pick(Number(/** @type {HTMLElement} */ (target.closest("[data-person]")).dataset.person));
    if (act === "drop") return void this.#move(this.#picked, table);
    if (act === "more" && card) return this.#unfold(card);
    if (act === "claim" || act === "helped") void this.#send(`table.${act}`, { table });
    if (act === "close" || act === "reopen") void this.#send(`table.${act}`, { table });
    if (act === "extend") void this.#send("cafe.stretch", { room: this.page.room, seconds: 120, table });
    if (act === "split") void this.#send("table.split", { table, name: `${this.#named(table)} 2` });
  }

  /** @param {HTMLElement} card */
  #unfold(card) {
    const button = card.querySelector("[data-act=more]");
    const open = button?.getAttribute("aria-expanded") !== "true";
    setAttribute(button, "aria-expanded", open);
    setShown(slot(card, "acts"), open);
    const others = (this.page.roomState.tables ?? []).filter((each) => each.open !== false && String(each.id) !== card.dataset.id);
    const choice = /** @type {HTMLSelectElement} */ (card.querySelector("[data-act=merge]"));
    choice.replaceChildren(new Option("…", ""), ...others.map((each) => new Option(each.name, String(each.id))));
  }

  /** @param {Event} domEvent */
  #merged(domEvent) {
    const choice = /** @type {HTMLSelectElement} */ (domEvent.target);
    if (choice.dataset.act !== "merge" || !choice.value) return;
    const table = Number(/** @type {HTMLElement} */ (choice.closest("[data-id]")).dataset.id);
    void this.#send("table.merge", { table, into: Number(choice.value) });
    choice.value = "";
  }

  /** @param {KeyboardEvent} domEvent */
  #key(domEvent) {
    if (domEvent.key === "Escape" && this.#picked) this.#pick(this.#picked);
    if (!this.#picked || !["ArrowDown", "ArrowUp"].includes(domEvent.key)) return;
    const places = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll("[data-act=drop]:not([hidden])")]);
    const at = places.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    domEvent.preventDefault();
    const to = domEvent.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
    places.at(to % places.length)?.focus();
  }

  /** @param {number} person */
  #pick(person) {
    const held = this.#picked;
    if (held && held !== person) return void this.#swap(held, person);
    this.#picked = held ? 0 : person;
    this.#say(this.#picked ? t("{name} is picked up. Choose a table, or a person to swap with.", { name: this.#who(person) }) : t("Let go."));
    this.draw();
  }

  /**
   * @param {number} person
   * @param {number} table  0 for the lobby
   */
  async #move(person, table) {
    const before = this.#tableOf(person);
    this.#picked = 0;
    this.draw();
    if (!(await this.#send("seat.move", { room: this.page.room, person, table }))) return;
    const undo = () => void this.#send("seat.move", { room: this.page.room, person, table: before });
    toast(t("{name} sits at {table} now.", { name: this.#who(person), table: isolate(this.#named(table)) }), { label: t("Undo"), act: undo });
    /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-person="${person}"] button`))?.focus();
  }

  /**
   * @param {number} person
   * @param {number} other
   */
  async #swap(person, other) {
    this.#picked = 0;
    this.draw();
    if (!this.#tableOf(other)) return void this.#move(person, LOBBY);
    if (!this.#tableOf(person)) return void this.#move(person, this.#tableOf(other));
    const body = { room: this.page.room, person, other };
    if (!(await this.#send("seat.swap", body))) return;
    const names = { one: this.#who(person), other: this.#who(other) };
    toast(t("{one} and {other} have changed places.", names), { label: t("Undo"), act: () => void this.#send("seat.swap", body) });
  }

  #startDragging() {
    this.root.addEventListener("dragstart", (domEvent) => {
      const chip = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-person]"));
      if (chip) domEvent.dataTransfer?.setData("text/plain", chip.dataset.person ?? "");
    });
    this.root.addEventListener("dragover", (domEvent) => {
      if (/** @type {Element} */ (domEvent.target).closest("[data-id]")) domEvent.preventDefault();
    });
    this.root.addEventListener("drop", (domEvent) => {
      const target = /** @type {Element} */ (domEvent.target);
      const person = Number(domEvent.dataTransfer?.getData("text/plain"));
      const other = Number(/** @type {HTMLElement | null} */ (target.closest("[data-person]"))?.dataset.person ?? 0);
      const card = /** @type {HTMLElement | null} */ (target.closest("[data-id]"));
      if (!person || !card) return;
      domEvent.preventDefault();
      if (other && other !== person) void this.#swap(person, other);
      else if (!other) void this.#move(person, Number(card.dataset.id));
    });
  }

  #add() {
    const number = (this.page.roomState.tables?.length ?? 0) + 1;
    void this.#send("table.add", { room: this.page.room, name: t("Table {n}", { n: number }) });
  }

  /** @param {number} person */
  #tableOf(person) {
    return Number(Object.entries(this.seats).find(([, people]) => people.includes(person))?.[0] ?? LOBBY);
  }

  /** @param {number} table */
  #named(table) {
    return this.page.roomState.tables?.find((each) => each.id === table)?.name ?? t("Lobby");
  }

  /** @param {number} person */
  #who(person) {
    return isolate(this.hosts.people?.find((/** @type {any} */ each) => each.id === person)?.name ?? "");
  }

  /** @param {string} words */
  #say(words) {
    setText(byId("alarm"), words);
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} body
   * @returns {Promise<boolean>}  whether it was done
   */
  #send(name, body) {
    return this.page.line.send(name, body).then(
      () => true,
      (/** @type {Error} */ refusal) => {
        toast(refusal.message, null, true);
        return false;
      },
    );
  }
}
