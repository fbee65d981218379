/** The plan of a café: kind, rounds with a question in each language, lengths, tables; saved, copied, read from a file. */
import { byId, cloned, Rows, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, t } from "../lib/i18n.js";
import { startImport } from "./host_import.js";

const LENGTHS = ["ready_seconds", "seating_seconds", "opening_seconds", "closing_seconds", "break_seconds"];
const USUAL = { ready_seconds: 60, seating_seconds: 30, opening_seconds: 20, closing_seconds: 60, break_seconds: 30 };
const TABLE_FIELDS = ["name", "topic", "language", "host", "least", "most"];
const CODES = ["ar", "zh", "en", "fr", "ru", "es"];

/** @typedef {{question: Record<string, string>, minutes: number}} Round */

export class HostPlan {
  /** @type {Round[]} */
  rounds = [];
  /** Whether there is anything that is not saved. */
  changed = false;

  /**
   * @param {import("../lib/page.js").LivePage} page
   * @param {any} plan  as the page was made with it
   */
  constructor(page, plan) {
    this.page = page;
    this.form = /** @type {HTMLFormElement} */ (byId("plan"));
    this.tables = new Rows(/** @type {HTMLElement} */ (byId("plan-tables")));
    /** @type {{id: number, name: string}[]} */
    this.people = [];
    this.show(plan);
    this.form.addEventListener("submit", (domEvent) => {
      domEvent.preventDefault();
      void this.save();
    });
    this.form.addEventListener("input", (domEvent) => this.#input(/** @type {HTMLElement} */ (domEvent.target)));
    this.form.addEventListener("change", (domEvent) => this.#tableChanged(/** @type {HTMLElement} */ (domEvent.target)));
    this.form.addEventListener("click", (domEvent) => this.#clicked(/** @type {HTMLElement} */ (domEvent.target)));
    byId("start")?.addEventListener("click", () => void this.#start());
    startImport(page, this);
    page.model.on("cafe.saved", ({ plan: saved }) => this.changed || this.show(saved));
    page.model.watch(() => this.draw());
    addEventListener("beforeunload", (domEvent) => this.changed && domEvent.preventDefault());
    void this.#fetchPeople();
    this.draw();
  }

  /** @param {any} plan */
  show(plan) {
    for (const radio of this.form.querySelectorAll("input[name=preset]")) {
      /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === (plan.preset ?? "world_cafe");
    }
    this.#field("mode").value = plan.mode ?? "assigned";
    for (const name of ["park_silent", "private_calls"]) /** @type {any} */ (this.#field(name)).checked = Boolean(plan[name]);
    for (const [name, usual] of Object.entries(USUAL)) this.#field(name).value = String(plan[name] ?? usual);
    this.rounds = (plan.rounds ?? []).map((/** @type {any} */ each) => ({ question: { ...each.question }, minutes: each.minutes ?? 20 }));
    this.#drawRounds();
  }

  draw() {
    const { cafe, tables = [] } = this.page.roomState;
    const shown = !cafe || ["draft", "over"].includes(cafe.phase);
    setShown(this.form, shown);
    if (!shown) return;
    const listed = tables.filter((each) => each.open !== false);
    this.tables.show(listed.map((each) => String(each.id)), (key) => this.#newTable(key));
    for (const table of listed) this.#fillTable(/** @type {HTMLElement} */ (this.tables.get(String(table.id))), table);
    this.#drawSums(listed);
  }

  /** Read the form. */
  get plan() {
    const values = new FormData(this.form);
    const lengths = Object.fromEntries(LENGTHS.map((name) => [name, Number(values.get(name))]));
    const flags = Object.fromEntries(["park_silent", "private_calls"].map((name) => [name, values.has(name)]));
    return { preset: values.get("preset"), mode: values.get("mode"), rounds: this.rounds, ...lengths, ...flags };
  }

  async save() {
    setText(byId("plan-error"), "");
    setText(byId("plan-says"), t("Saving…"));
    this.changed = false;
    const done = await this.#send("cafe.plan", { room: this.page.room, plan: this.plan });
    this.changed = !done;
    setText(byId("plan-says"), done ? t("Saved") : "");
    return done;
  }

  async #start() {
    if (await this.save()) await this.#send("cafe.start", { room: this.page.room });
  }

  #drawRounds() {
    const list = /** @type {HTMLElement} */ (byId("plan-rounds"));
    list.replaceChildren(...this.rounds.map((each, index) => this.#roundRow(each, index)));
  }

  /**
   * @param {Round} planned
   * @param {number} index
   */
  #roundRow(planned, index) {
    const row = cloned("round-row");
    row.dataset.round = String(index);
    label(row, `round-${index}`);
    field(row, "minutes").value = String(planned.minutes);
    field(row, "question").value = planned.question[field(row, "language").value] ?? "";
    this.#drawWritten(row, planned);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {Round} planned
   */
  #drawWritten(row, planned) {
    const written = CODES.filter((code) => planned.question[code]);
    setText(slot(row, "written"), t("Written in: {codes}", { codes: written.join(" ") || "–" }));
  }

  /** @param {string} key */
  #newTable(key) {
    const row = cloned("table-row");
    row.dataset.table = key;
    label(row, `table-${key}`);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {any} table
   */
  #fillTable(row, table) {
    if (row.contains(document.activeElement)) return;
    const host = field(row, "host");
    const known = new Map(this.people.map((each) => [each.id, each.name]));
    if (table.host) known.set(table.host, table.host_name || known.get(table.host) || `#${table.host}`);
    const options = [...known].map(([id, name]) => new Option(name, String(id)));
    /** @type {any} */ (host).replaceChildren(/** @type {any} */ (host).options[0], ...options);
    const values = { ...table, topic: table.topic ?? "", language: table.language ?? "", host: table.host ?? 0, least: table.least ?? 2, most: table.most ?? 8 };
    for (const name of TABLE_FIELDS) field(row, name).value = String(/** @type {any} */ (values)[name]);
  }

  /** @param {any[]} tables */
  #drawSums(tables) {
    const seats = tables.reduce((sum, each) => sum + (each.most ?? 8), 0);
    const here = this.page.roomState.count ?? 0;
    setText(byId("sums"), [
      t("Tables: {n}", { n: tables.length }),
      t("Seats: {n}", { n: seats }),
      t("Here now: {n}", { n: here }),
      t("Rounds: {n}", { n: this.rounds.length }),
    ].join(" · "));
    const preset = new FormData(this.form).get("preset");
    const missing = CODES.filter((code) => this.rounds.some((each) => !each.question[code]));
    const found = [
      here > seats && tables.length ? t("There are more people here than seats.") : "",
      missing.length && this.rounds.length ? t("Questions are missing in: {codes}", { codes: missing.join(" ") }) : "",
      preset === "wsis" && tables.some((each) => !each.host) ? t("Some tables have no host.") : "",
    ].filter(Boolean);
    const list = /** @type {HTMLElement} */ (byId("warnings"));
    if (list.dataset.drawn === found.join("|")) return;
    list.dataset.drawn = found.join("|");
    list.replaceChildren(...found.map((text) => Object.assign(document.createElement("li"), { textContent: `⚠ ${text}` })));
  }

  /** @param {HTMLElement} target */
  #input(target) {
    const row = /** @type {HTMLElement | null} */ (target.closest("[data-round]"));
    if (target.closest("[data-table]") || target.id === "copy-from" || target.id === "import") return;
    const planned = row ? this.rounds[Number(row.dataset.round)] : undefined;
    if (row && planned) this.#readRound(row, planned, target.dataset.field ?? "");
    else if (target.getAttribute("name") === "preset") this.#usual(/** @type {HTMLInputElement} */ (target).value);
    this.changed = true;
    setText(byId("plan-says"), t("Not saved yet"));
    this.draw();
  }

  /**
   * @param {HTMLElement} row
   * @param {Round} planned
   * @param {string} name
   */
  #readRound(row, planned, name) {
    const language = field(row, "language").value;
    if (name === "minutes") planned.minutes = Number(field(row, "minutes").value);
    if (name === "language") field(row, "question").value = planned.question[language] ?? "";
    if (name !== "question") return;
    const text = field(row, "question").value;
    if (text.trim()) planned.question[language] = text;
    else delete planned.question[language];
    this.#drawWritten(row, planned);
  }

  /** @param {string} preset */
  #usual(preset) {
    if (this.rounds.some((each) => Object.keys(each.question).length)) return;
    const many = { gurteen: 3, wsis: 3, world_cafe: 3 }[preset] ?? 3;
    this.rounds = Array.from({ length: many }, () => ({ question: {}, minutes: preset === "gurteen" ? 10 : 20 }));
    this.#drawRounds();
  }

  /** @param {HTMLElement} target */
  async #tableChanged(target) {
    const row = /** @type {HTMLElement | null} */ (target.closest("[data-table]"));
    const name = target.dataset.field;
    if (!row || !name) return;
    const text = field(row, name).value;
    const value = ["host", "least", "most"].includes(name) ? Number(text) : text;
    setText(slot(row, "error"), "");
    await this.page.line.send("table.edit", { table: Number(row.dataset.table), [name]: value }).catch((/** @type {Error} */ refusal) => {
      setText(slot(row, "error"), refusal.message);
    });
  }

  /** @param {HTMLElement} target */
  #clicked(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("button[type=button]"));
    if (button?.id === "add-round") this.#edit((rounds) => rounds.push({ question: {}, minutes: 20 }));
    if (button?.id === "add-table") void this.#addTables(1);
    if (button?.id === "add-tables") void this.#addTables(4);
    const row = /** @type {HTMLElement | null} */ (target.closest("[data-round], [data-table]"));
    const act = button?.dataset.act;
    if (!row || !act) return;
    if (row.dataset.table) return void this.#send("table.remove", { table: Number(row.dataset.table) });
    const at = Number(row.dataset.round);
    if (act === "remove") this.#edit((rounds) => rounds.splice(at, 1));
    else this.#edit((rounds) => rounds.splice(Math.max(0, at + (act === "up" ? -1 : 1)), 0, ...rounds.splice(at, 1)));
  }

  /** @param {(rounds: Round[]) => unknown} change */
  #edit(change) {
    change(this.rounds);
    this.changed = true;
    setText(byId("plan-says"), t("Not saved yet"));
    this.#drawRounds();
    this.draw();
  }

  /** @param {number} many */
  async #addTables(many) {
    if (!this.page.roomState.cafe && !(await this.save())) return;
    const from = (this.page.roomState.tables ?? []).length;
    for (let n = 1; n <= many; n += 1) await this.#send("table.add", { room: this.page.room, name: t("Table {n}", { n: formatNumber(from + n) }) });
  }

  async #fetchPeople() {
    const answer = await fetch(`/api/v1/rooms/${this.page.room}/people`).catch(() => null);
    if (!answer?.ok) return;
    this.people = (await answer.json()).people ?? [];
    this.draw();
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} body
   */
  #send(name, body) {
    return this.page.line.send(name, body).then(
      () => true,
      (/** @type {Error} */ refusal) => {
        setText(byId("plan-error"), refusal.message);
        return false;
      },
    );
  }
}

/**
 * @param {HTMLElement} row
 * @param {string} name
 * @returns {HTMLInputElement}
 */
function field(row, name) {
  return /** @type {HTMLInputElement} */ (row.querySelector(`[data-field="${name}"]`));
}

/**
 * Tie a row's labels to its fields.
 * @param {HTMLElement} row
 * @param {string} prefix
 */
function label(row, prefix) {
  for (const each of row.querySelectorAll("[data-for]")) {
    const name = /** @type {HTMLElement} */ (each).dataset.for ?? "";
    /** @type {HTMLLabelElement} */ (each).htmlFor = field(row, name).id = `${prefix}-${name}`;
  }
}
