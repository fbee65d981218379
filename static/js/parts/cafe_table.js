/** The table where one sits: another room on the same page, that changes while the page stays. */
import { byId, cloned, Rows, setShown, setText, slot } from "../lib/dom.js";
import { formatList, formatNumber, isolate, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { languageName, questionIn } from "./cafe_words.js";
import { fillFace } from "./faces.js";

/** What the parts of a room's page need, for a room that may be another one the next minute. */
export class AtTable {
  room = 0;

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
    this.model = page.model;
    this.line = page.line;
    this.me = page.me;
    this.boot = /** @type {any} */ (page.boot);
  }

  get roomState() {
    return this.model.states[`room/${this.room}`] ?? {};
  }

  get mine() {
    return this.page.mine;
  }

  /** @param {string} permission */
  may(permission) {
    const led = this.roomState.table?.leader === this.me;
    return this.page.may(permission) || this.boot.seated.includes(permission) || (led && this.boot.leading.includes(permission));
  }

  /** @param {(state: import("../lib/page.js").LineState, why: string) => void} listener */
  onState(listener) {
    this.page.onState(listener);
  }

  /** @param {string} what */
  keptKey(what) {
    return this.page.keptKey(what);
  }

  /** @param {string} what */
  kept(what) {
    return this.page.kept(what);
  }

  /**
   * @param {string} what
   * @param {unknown} value
   */
  keep(what, value) {
    this.page.keep(what, value);
  }
}

/** @param {AtTable} at */
export function showTable(at) {
  const root = /** @type {HTMLElement} */ (byId("table"));
  const rows = new Rows(/** @type {HTMLElement} */ (byId("seated-list")));
  const countries = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "region", fallback: "code" });
  startHelp(at);
  at.model.watch(draw);

  function draw() {
    if (!at.room) return;
    const { table } = at.roomState;
    const { cafe, tables = [] } = at.page.roomState;
    const listed = tables.find((/** @type {any} */ each) => each.id === at.room);
    setText(slot(root, "name"), listed?.name ?? "");
    setText(slot(root, "topic"), listed?.topic ?? "");
    setText(slot(root, "question"), cafe ? questionIn(cafe.rounds?.[cafe.round ?? 0]?.question) : "");
    const visitors = table?.visitors ?? [];
    setText(slot(root, "visitors"), visitors.length ? t("Here as hosts: {names}", { names: formatList(visitors.map(isolate)) }) : "");
    setShown(byId("card"), Boolean(table?.card));
    setText(slot(root, "card"), table?.card ?? "");
    drawPeople(table);
    drawHelp(root, table?.help, at.me);
  }

  /** @param {any} table */
  function drawPeople(table) {
    const people = table?.people ?? [];
    const byKey = new Map(people.map((/** @type {any} */ each) => [String(each.id), each]));
    rows.show([...byKey.keys()], () => cloned("seated-row"));
    for (const [key, person] of byKey) fillSitting(rows.get(key), person, table, countries);
    for (const place of document.querySelectorAll("[data-seated]")) setText(place, formatNumber(people.length));
    setShown(byId("seated-none"), !people.length);
  }
}

/**
 * @param {HTMLElement | undefined} row
 * @param {any} person
 * @param {any} table
 * @param {Intl.DisplayNames} countries
 */
function fillSitting(row, person, table, countries) {
  if (!row) return;
  fillFace(slot(row, "face"), person.name, person.id);
  setText(slot(row, "name"), person.name);
  const role = person.away ? t("away") : table.leader === person.id ? t("leads the table") : person.listening ? t("listens only") : "";
  setShown(slot(row, "role"), Boolean(role));
  setText(slot(row, "role"), role);
  row.classList.toggle("is-away", Boolean(person.away));
  const place = /^[A-Z]{2}$/.test(person.country ?? "") ? countries.of(person.country) : (person.country ?? "");
  setText(slot(row, "of"), [person.organisation, place].filter(Boolean).join(" · "));
  setText(slot(row, "speaks"), formatList((person.languages ?? []).map(languageName)));
}

/**
 * @param {HTMLElement} root
 * @param {any} help
 * @param {number} me
 */
function drawHelp(root, help, me) {
  const form = /** @type {HTMLElement} */ (root.querySelector("#help"));
  setShown(form.querySelector("[data-act=ask]"), !help);
  if (help) setShown(slot(form, "asking"), false);
  setShown(slot(form, "flag"), Boolean(help));
  setShown(form.querySelector("[data-act=helped]"), Boolean(help) && (help.by === me || !help.claimed_by));
  const coming = help?.name ? t("{name} is coming.", { name: isolate(help.name) }) : t("A host has been called.");
  setText(slot(form, "flag"), help ? coming : "");
}

/** @param {AtTable} at */
function startHelp(at) {
  const form = /** @type {HTMLFormElement} */ (byId("help"));
  const ask = /** @type {HTMLElement} */ (form.querySelector("[data-act=ask]"));
  const send = (/** @type {string} */ name, /** @type {Record<string, any>} */ body) =>
    at.line.send(name, { table: at.room, ...body }).catch((/** @type {Error} */ refusal) => toast(refusal.message, null, true));
  ask.addEventListener("click", () => {
    setShown(slot(form, "asking"), true);
    ask.setAttribute("aria-expanded", "true");
    /** @type {HTMLElement} */ (form.querySelector("input")).focus();
  });
  form.querySelector("[data-act=helped]")?.addEventListener("click", () => void send("table.helped", {}));
  form.addEventListener("submit", (domEvent) => {
    domEvent.preventDefault();
    setShown(slot(form, "asking"), false);
    ask.setAttribute("aria-expanded", "false");
    void send("table.help", { reason: String(new FormData(form).get("reason") ?? "") });
    form.reset();
  });
}
