/** The plain moderators' view: what waits, what is public, what is done with, and the moves between them. */
import { byId, cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, formatRelative, t, tn } from "../lib/i18n.js";
import { serverNow } from "../lib/clock.js";
import { toast } from "../lib/toasts.js";
import { startKeys } from "./keys.js";

/** @typedef {import("../state/desk.js").DeskQuestion} DeskQuestion */

/** Which moves a question offers, by its state; the first is the likeliest. */
/** @type {Record<string, string[]>} */
const OFFERED = {
  pending: ["approve", "dismiss"],
  open: ["stage", "answer", "hide"],
  live: ["answer", "unstage", "hide"],
  answered: ["reopen", "hide"],
  dismissed: ["approve"],
  hidden: ["approve"],
};
/** Where each state stands on the page. */
/** @type {Record<string, string>} */
const LANES = { pending: "pending", open: "open", live: "live", answered: "answered", dismissed: "closed", hidden: "closed" };
/** The way back, where a move has one that leaves everything as it was. */
/** @type {Record<string, string[]>} */
const WAYS_BACK = {
  "hide open": ["approve"],
  "hide live": ["approve", "stage"],
  "hide answered": ["approve", "answer"],
  "answer open": ["reopen"],
  "answer live": ["reopen", "stage"],
  "unstage live": ["stage"],
  "stage open": ["unstage"],
  "reopen answered": ["answer"],
  "approve hidden": ["hide"],
};
/** @type {Record<string, string>} */
const MOVED_WORDS = {
  approve: t("Question approved"),
  dismiss: t("Question dismissed"),
  hide: t("Question hidden"),
  stage: t("Question put live"),
  unstage: t("Question taken off the stage"),
  answer: t("Question marked as answered"),
  reopen: t("Question reopened"),
};
/** @type {Record<string, string>} */
const DESK_WHYS = {
  off_topic: t("Off topic"),
  duplicate: t("Asked already"),
  unclear: t("Not clear enough"),
  offensive: t("Offensive"),
  personal: t("About a private person"),
  promotion: t("Advertising"),
  no_time: t("No time left"),
};
const LANE_ROWS = 500;

export class Desk {
  /** @type {Set<string>} */
  #busy = new Set();
  #current = "";

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
    this.root = /** @type {HTMLElement} */ (byId("desk"));
    const lists = /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-lane]"));
    this.lanes = new Map([...lists].map((list) => [list.dataset.lane ?? "", new Rows(list)]));
    this.root.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    this.root.addEventListener("focusin", (domEvent) => this.#focused(/** @type {Element} */ (domEvent.target)));
    this.root.addEventListener("keydown", (domEvent) => this.#escape(domEvent));
    startKeys(page, {
      a: () => this.#keyMove("approve"),
      d: () => this.#keyDismiss(),
      h: () => this.#keyMove("hide"),
      l: () => this.#keyMove("stage", "unstage"),
      m: () => this.#keyMove("answer"),
      r: () => this.#keyMove("reopen"),
      j: () => this.#step(1),
      k: () => this.#step(-1),
    });
    page.model.watch(() => this.draw());
    setInterval(() => this.draw(), 30_000);
    this.draw();
  }

  get questions() {
    return this.page.desk?.questions ?? [];
  }

  get pending() {
    return this.questions.filter((each) => each.state === "pending").length;
  }

  draw() {
    const scores = this.page.roomState.questions?.scores ?? {};
    const score = (/** @type {DeskQuestion} */ each) => scores[each.id] ?? 0;
    /** @type {Record<string, (one: DeskQuestion, other: DeskQuestion) => number>} */
    const orders = {
      pending: (one, other) => Date.parse(one.at) - Date.parse(other.at),
      open: (one, other) => score(other) - score(one) || (one.number ?? 0) - (other.number ?? 0),
    };
    const latest = (/** @type {DeskQuestion} */ one, /** @type {DeskQuestion} */ other) => Date.parse(other.at) - Date.parse(one.at);
    for (const [lane, rows] of this.lanes) {
      const listed = this.questions.filter((each) => LANES[each.state] === lane).sort(orders[lane] ?? latest);
      this.#drawLane(lane, rows, listed.slice(0, LANE_ROWS), scores);
      for (const place of document.querySelectorAll(`[data-lane-count="${lane}"]`)) setText(place, formatNumber(listed.length));
      setShown(this.root.querySelector(`[data-lane-empty="${lane}"]`), !listed.length);
    }
  }

  /**
   * @param {string} lane
   * @param {Rows} rows
   * @param {DeskQuestion[]} listed
   * @param {Record<string, number>} scores
   */
  #drawLane(lane, rows, listed, scores) {
    const held = rows.list.contains(document.activeElement) && lane === "open";
    const shown = [...rows.list.children].map((row) => /** @type {HTMLElement} */ (row).dataset.id ?? "");
    const wanted = listed.map((each) => each.id);
    // Votes do not move a row that somebody is about to act on.
    const kept = held ? [...shown.filter((id) => wanted.includes(id)), ...wanted.filter((id) => !shown.includes(id))] : wanted;
    rows.show(kept, () => cloned("matter-row"));
    for (const each of listed) this.#fill(rows.get(each.id), each, scores[each.id] ?? 0);
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {DeskQuestion} question
   * @param {number} votes
   */
  #fill(row, { id, text, state, at, name, anonymous = false, number, why = "" }, votes) {
    if (!row) return;
    row.dataset.id = id;
    setText(slot(row, "text"), text);
    setText(slot(row, "number"), number ? `#${formatNumber(number)}` : "");
    setText(slot(row, "name"), name);
    setShown(slot(row, "anonymous"), anonymous);
    setAttribute(slot(row, "at"), "datetime", at);
    setText(slot(row, "at"), formatRelative(at, Math.max(serverNow(), Date.parse(at))));
    setText(slot(row, "votes"), number ? tn("{n} vote", "{n} votes", votes) : "");
    const closed = state === "hidden" ? t("Hidden by a moderator") : (DESK_WHYS[why] ?? why);
    setShown(slot(row, "why"), LANES[state] === "closed");
    setText(slot(row, "why"), closed);
    setAttribute(row, "aria-busy", this.#busy.has(id) ? true : null);
    const offered = OFFERED[state] ?? [];
    for (const button of row.querySelectorAll(".matter__acts [data-act]")) setShown(button, offered.includes(button.getAttribute("data-act") ?? ""));
    if (!offered.includes("dismiss")) this.#showReasons(row, false);
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-act]"));
    const row = /** @type {HTMLElement | null} */ (button?.closest("[data-id]") ?? null);
    const { act = "", why } = button?.dataset ?? {};
    if (!row) return;
    if (act === "dismiss" && why === undefined) return this.#showReasons(row, slot(row, "reasons").hidden, true);
    this.#move(row, act, why ? { why } : {});
  }

  /**
   * @param {HTMLElement} row
   * @param {string} act
   * @param {Record<string, string>} [more]
   */
  #move(row, act, more = {}) {
    const id = row.dataset.id ?? "";
    const question = this.questions.find((each) => each.id === id);
    if (!question || this.#busy.has(id)) return;
    const onStage = this.questions.find((each) => each.state === "live");
    const back = act === "stage" && onStage ? undefined : WAYS_BACK[`${act} ${question.state}`];
    this.#showReasons(row, false);
    this.#busy.add(id);
    this.#passFocus(row);
    const sent = this.page.line.send(`question.${act}`, { question: id, ...more });
    sent
      .then(
        () => toast(MOVED_WORDS[act], back ? { label: t("Undo"), act: () => this.#goBack(id, back) } : null),
        (refusal) => toast(refusal.message, null, true),
      )
      .finally(() => {
        this.#busy.delete(id);
        this.page.model.redraw();
      });
    this.page.model.redraw();
  }

  /**
   * @param {string} id
   * @param {string[]} moves
   */
  async #goBack(id, moves) {
    try {
      for (const move of moves) await this.page.line.send(`question.${move}`, { question: id });
    } catch (refusal) {
      toast(/** @type {Error} */ (refusal).message, null, true);
    }
  }

  /**
   * The row is about to leave its lane: whoever worked on it goes on with the next one.
   * @param {HTMLElement} row
   */
  #passFocus(row) {
    if (!row.contains(document.activeElement)) return;
    const next = /** @type {HTMLElement | null} */ (row.nextElementSibling ?? row.previousElementSibling);
    if (next) next.focus();
    else byId(`lane-${row.closest("[data-lane]")?.getAttribute("data-lane")}`)?.focus();
  }

  /**
   * @param {HTMLElement} row
   * @param {boolean} shown
   * @param {boolean} [focus]
   */
  #showReasons(row, shown, focus = false) {
    const reasons = slot(row, "reasons");
    if (reasons.hidden !== shown) return;
    setShown(reasons, shown);
    setAttribute(row.querySelector(".matter__acts [data-act=dismiss]"), "aria-expanded", shown);
    if (focus) (shown ? reasons.querySelector("button") : row)?.focus();
  }

  /** @param {Element} target */
  #focused(target) {
    const row = /** @type {HTMLElement | null} */ (target.closest(".matter"));
    if (row) this.#current = row.dataset.id ?? "";
  }

  /** @param {KeyboardEvent} domEvent */
  #escape(domEvent) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest(".matter"));
    if (domEvent.key === "Escape" && row) this.#showReasons(row, false, true);
  }

  get #rows() {
    return /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll(".matter")]);
  }

  /** The row that keys act on: the one with the focus, else the last one touched, else the first. */
  get #row() {
    const rows = this.#rows;
    return rows.find((row) => row.contains(document.activeElement)) ?? rows.find((row) => row.dataset.id === this.#current) ?? rows[0];
  }

  /** @param {string[]} acts  the first that the row offers is done */
  #keyMove(...acts) {
    const row = this.#row;
    const state = this.questions.find((each) => each.id === row?.dataset.id)?.state ?? "";
    const act = acts.find((each) => OFFERED[state]?.includes(each));
    if (row && act) this.#move(row, act);
  }

  #keyDismiss() {
    const row = this.#row;
    const state = this.questions.find((each) => each.id === row?.dataset.id)?.state ?? "";
    if (row && OFFERED[state]?.includes("dismiss")) this.#showReasons(row, true, true);
  }

  /** @param {number} by */
  #step(by) {
    const rows = this.#rows;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }
}
