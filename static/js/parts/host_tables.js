/** All tables of a running café: who sits where, who needs help; what has not changed is not drawn again. */
import { byId, cloned, reads, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, isolate, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { HostMoves, LOBBY } from "./host_moves.js";

/** @type {Record<string, string>} */
const ANSWERS = { in: t("{n} are in", { n: "{n}" }), listening: t("{n} listen only", { n: "{n}" }), leaving: t("{n} leave", { n: "{n}" }) };

const FILL_MS = 30;

/** @typedef {{id: number, name: string, more: string, away: boolean, held: boolean}} Chip */

export class HostTables {
  /** @type {Map<HTMLElement, Rows>} */
  #chips = new Map();
  /** @type {Map<number, any>} */
  known = new Map();
  /** @type {any} */
  #knownFrom = undefined;
  /** @type {Set<number>} */
  #away = new Set();

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
    this.moves = new HostMoves(this);
    this.root.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    this.root.addEventListener("change", (domEvent) => this.#merged(domEvent));
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
    this.#learn();
    const helps = new Map((this.hosts.helps ?? []).map((/** @type {any} */ each) => [each.table, each]));
    const sorted = this.#sorted(tables, helps);
    this.rows.show(sorted.map((each) => String(each.id)), (key) => this.#newCard(key));
    this.#fillSome(sorted, helps);
    this.#fillLobby();
    setAttribute(this.root, "data-held", this.moves.held || null);
    const counts = Object.entries(cafe?.answers ?? {}).map(([name, n]) => ANSWERS[name].replace("{n}", formatNumber(n)));
    setText(byId("answers"), counts.join(" · "));
  }

  /**
   * Fill as many cards as one frame has time for, the first on the page first; the others follow in the next frames.
   * @param {any[]} tables
   * @param {Map<number, any>} helps
   */
  #fillSome(tables, helps) {
    const until = performance.now() + FILL_MS;
    for (const table of tables) {
      if (performance.now() > until) return this.page.model.redraw();
      this.#fill(/** @type {HTMLElement} */ (this.rows.get(String(table.id))), table, helps.get(table.id));
    }
  }

  #learn() {
    const { people, away } = this.hosts;
    if (people !== this.#knownFrom) this.known = new Map((people ?? []).map((/** @type {any} */ each) => [each.id, each]));
    this.#knownFrom = people;
    this.#away = new Set(away);
  }

  /**
   * @param {any[]} tables
   * @param {Map<number, any>} helps
   */
  #sorted(tables, helps) {
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
   * @param {any} help
   */
  #fill(card, table, help) {
    const chips = (this.seats[table.id] ?? []).map((id) => this.#chip(id, table));
    const [hands, length] = [this.hosts.hands?.[table.id], this.hosts.lengths?.[table.id]];
    if (!reads(card, [table, help, chips, hands, length])) return;
    const open = table.open !== false;
    card.classList.toggle("is-closed", !open);
    setText(slot(card, "name"), table.name);
    setText(slot(card, "topic"), table.topic ?? "");
    setText(slot(card, "seats"), t("{taken} of {most}", { taken: chips.length, most: table.most ?? 8 }));
    this.#fillPeople(card, chips);
    fillHelp(card, help);
    const facts = [
      hands ? t("Hands: {n}", { n: hands }) : "",
      length ? t("Notes: {n} characters", { n: length }) : "",
      table.extra_ms ? t("+{n} min", { n: Math.round(table.extra_ms / 60_000) }) : "",
      open ? "" : t("closed"),
    ];
    setText(slot(card, "facts"), facts.filter(Boolean).join(" · "));
    setShown(card.querySelector("[data-act=close]"), open);
    setShown(card.querySelector("[data-act=reopen]"), !open);
  }

  #fillLobby() {
    const sitting = new Set(Object.values(this.seats).flat());
    const chips = [...this.known.keys()].filter((id) => !sitting.has(id)).map((id) => this.#chip(id));
    if (!reads(this.lobby, chips)) return;
    this.#fillPeople(this.lobby, chips);
    setText(slot(this.lobby, "seats"), formatNumber(chips.length));
  }

  /**
   * @param {number} id
   * @param {any} [table]
   * @returns {Chip}
   */
  #chip(id, table) {
    const person = this.known.get(id);
    const away = this.#away.has(id);
    const answer = this.hosts.answers?.[id];
    const more = [
      (person?.languages ?? []).join(" "),
      table && (table.host === id || table.leader === id) ? "★" : "",
      person?.listening || answer === "listening" ? "👂" : "",
      answer === "leaving" ? "👋" : "",
      away ? t("away") : "",
    ];
    return { id, name: person?.name ?? `#${id}`, more: more.filter(Boolean).join(" "), away, held: this.moves.held === id };
  }

  /**
   * @param {HTMLElement} card
   * @param {Chip[]} chips
   */
  #fillPeople(card, chips) {
    const list = /** @type {HTMLElement} */ (slot(card, "people"));
    const rows = this.#chips.get(list) ?? new Rows(list);
    this.#chips.set(list, rows);
    rows.show(chips.map((each) => String(each.id)), (key) => {
      const row = cloned("seat-chip");
      row.dataset.person = key;
      return row;
    });
    for (const chip of chips) {
      const row = /** @type {HTMLElement} */ (rows.get(String(chip.id)));
      if (!reads(row, chip)) continue;
      setText(slot(row, "name"), chip.name);
      setText(slot(row, "more"), chip.more);
      row.classList.toggle("is-away", chip.away);
      setAttribute(row.firstElementChild, "aria-pressed", chip.held);
    }
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const target = /** @type {Element} */ (domEvent.target);
    const act = /** @type {HTMLElement | null} */ (target.closest("[data-act]"))?.dataset.act;
    const card = /** @type {HTMLElement | null} */ (target.closest("[data-id]"));
    const table = Number(card?.dataset.id);
    if (act === "more" && card) return this.#unfold(card);
    if (act === "claim" || act === "helped") void this.send(`table.${act}`, { table });
    if (act === "close" || act === "reopen") void this.send(`table.${act}`, { table });
    if (act === "extend") void this.send("cafe.stretch", { room: this.page.room, seconds: 120, table });
    if (act === "split") void this.send("table.split", { table, name: `${this.named(table)} 2` });
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
    void this.send("table.merge", { table, into: Number(choice.value) });
    choice.value = "";
  }

  #add() {
    const number = (this.page.roomState.tables?.length ?? 0) + 1;
    void this.send("table.add", { room: this.page.room, name: t("Table {n}", { n: number }) });
  }

  /** @param {number} table */
  named(table) {
    return this.page.roomState.tables?.find((each) => each.id === table)?.name ?? t("Lobby");
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} body
   * @returns {Promise<boolean>}  whether it was done
   */
  send(name, body) {
    return this.page.line.send(name, body).then(
      () => true,
      (/** @type {Error} */ refusal) => {
        toast(refusal.message, null, true);
        return false;
      },
    );
  }
}

/**
 * @param {HTMLElement} card
 * @param {any} help
 */
function fillHelp(card, help) {
  setShown(slot(card, "help"), Boolean(help));
  if (!help) return;
  setText(slot(card, "reason"), help.reason ?? "");
  setText(slot(card, "coming"), help.name ? t("{name} is coming.", { name: isolate(help.name) }) : "");
  setShown(card.querySelector("[data-act=claim]"), !help.claimed_by);
}
