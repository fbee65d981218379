/** The questions of a room: the one on stage, the list in the reader's order, and one's own with what became of them. */
import { byId, cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, formatTime, t, tn } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { startAsking } from "./ask.js";
import { changesBetween, handOn, orderFor } from "./order.js";
import { Outgoing, sameText } from "./outgoing.js";
import { OwnQuestions, tellFate } from "./own.js";
import { Votes } from "./votes.js";

/** @typedef {import("../state/room.js").Question} Question */

const MOST_LISTED = 500;
const EMPTY = { top: "questions-empty", new: "questions-empty", answered: "answered-empty", mine: "own-empty" };
/** @typedef {keyof typeof EMPTY} Sort */

export class QuestionList {
  /** @type {Sort} */
  sort = "top";
  /** @type {string[]} */
  #order = [];
  /** What the last drawing was made of. */
  /** @type {unknown[]} */
  #seen = [];

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
    this.list = /** @type {HTMLElement} */ (byId("questions-list"));
    this.box = /** @type {HTMLElement} */ (byId("questions-scroll"));
    this.rows = new Rows(this.list);
    this.stage = new Rows(/** @type {HTMLElement} */ (byId("onstage-list")));
    this.#order = [...this.list.children].map((row) => /** @type {HTMLElement} */ (row).dataset.id ?? "");
    this.isHeld = handOn(this.list, this.box);
    this.votes = new Votes(page);
    this.asked = new Outgoing(page, "question.ask", (_, result) => tellFate(result));
    this.own = new OwnQuestions(page, this.asked);
    this.apply = byId("questions-apply");
    this.apply?.addEventListener("click", () => this.#takeOrder());
    byId("sorts")?.addEventListener("click", (domEvent) => this.#sortClicked(domEvent));
    byId("questions")?.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    const form = /** @type {HTMLFormElement | null} */ (byId("ask"));
    if (form) startAsking(form, page, (text, anonymous) => this.#ask(text, anonymous));
    page.model.on("question.yours", ({ question }) => this.#yours(question));
    page.model.watch(() => this.draw());
    // Hands leave without a word; what waited for them is looked at again.
    this.list.addEventListener("pointerleave", () => page.model.redraw());
    this.list.addEventListener("focusout", () => page.model.redraw());
    addEventListener("hashchange", () => this.#toHash());
    this.draw();
    this.#toHash();
  }

  get questions() {
    return this.page.roomState.questions?.questions ?? [];
  }

  draw() {
    const { page, sort, asked } = this;
    const seen = [page.roomState.questions, page.mine, this.votes.changes, asked.changes, sort, this.isHeld()];
    if (seen.every((each, index) => each === this.#seen[index])) return;
    this.#seen = seen;
    const byKey = new Map(this.questions.map((each) => [each.id, each]));
    const own = new Set((this.page.mine?.questions ?? []).map((each) => each.id));
    this.#drawStage(this.questions.filter((each) => each.state === "live"), own);
    const wanted = this.#wanted();
    this.#order = orderFor(this.#order, wanted, this.isHeld());
    this.rows.show(this.#order, () => cloned("question-row"));
    for (const id of this.#order) this.#fill(this.rows.get(id), byKey.get(id), own);
    const waiting = changesBetween(this.#order, wanted);
    setShown(this.apply, waiting > 0 && this.sort !== "mine");
    if (waiting) setText(this.apply, tn("{n} change, show it", "{n} changes, show them", waiting));
    this.#drawFrame(this.own.draw());
  }

  /** @param {Sort} sort */
  choose(sort) {
    this.sort = sort;
    for (const button of byId("sorts")?.children ?? []) setAttribute(button, "aria-pressed", button.getAttribute("data-sort") === sort);
    this.#takeOrder();
  }

  #takeOrder() {
    this.#order = this.#wanted();
    // What had the focus stays where the reader can find it.
    if (this.list.contains(document.activeElement) || document.activeElement === this.apply) this.box.focus({ preventScroll: true });
    this.rows.show(this.#order, () => cloned("question-row"));
    if (this.box.scrollTop > this.list.offsetTop) this.list.scrollIntoView({ block: "start" });
    this.#seen = [];
    this.draw();
  }

  /** @returns {string[]} */
  #wanted() {
    const { votes } = this;
    const answered = this.sort === "answered";
    const listed = this.questions.filter((each) => each.state === (answered ? "answered" : "open"));
    /** @param {Question} one @param {Question} other */
    const top = (one, other) => votes.scoreOf(other.id) - votes.scoreOf(one.id) || one.number - other.number;
    /** @param {Question} one @param {Question} other */
    const latest = (one, other) => other.number - one.number;
    return listed.sort(this.sort === "top" ? top : latest).slice(0, MOST_LISTED).map((each) => each.id);
  }

  /**
   * @param {Question[]} live
   * @param {Set<string>} own
   */
  #drawStage(live, own) {
    setShown(byId("onstage"), live.length > 0);
    this.stage.show(live.map((each) => each.id), () => cloned("question-row"));
    for (const each of live) this.#fill(this.stage.get(each.id), each, own);
  }

  /** @param {number} ownCount */
  #drawFrame(ownCount) {
    const mine = this.sort === "mine";
    const empty = mine ? ownCount === 0 : this.#order.length === 0;
    setShown(this.list, !mine);
    setShown(byId("own-list"), mine);
    for (const id of new Set(Object.values(EMPTY))) setShown(byId(id), empty && id === EMPTY[this.sort]);
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {Question | undefined} question
   * @param {Set<string>} own
   */
  #fill(row, question, own) {
    if (!row || !question) return;
    const { id, number, text, state, at, name } = question;
    const votes = this.votes.scoreOf(id);
    row.id = `question-${id}`;
    row.dataset.id = id;
    row.className = `question question--${state}`;
    setText(slot(row, "text"), text);
    setAttribute(slot(row, "number"), "href", `#question-${id}`);
    setText(slot(row, "number"), `#${formatNumber(number)}`);
    setText(slot(row, "name"), name || t("Anonymous"));
    setAttribute(slot(row, "at"), "datetime", at);
    setText(slot(row, "at"), formatTime(at));
    setShown(slot(row, "yours"), own.has(id));
    setShown(slot(row, "answered"), state === "answered");
    setText(slot(row, "score"), formatNumber(votes));
    setText(slot(row, "vote-words"), tn("Vote for it: {n} vote", "Vote for it: {n} votes", votes));
    const button = /** @type {HTMLButtonElement} */ (row.querySelector("[data-act=vote]"));
    setAttribute(button, "aria-pressed", this.votes.isOn(id));
    button.disabled = own.has(id) || state === "answered" || !this.page.may("question.vote");
  }

  /** @param {MouseEvent} domEvent */
  #sortClicked(domEvent) {
    const button = /** @type {Element} */ (domEvent.target).closest("[data-sort]");
    if (button) this.choose(/** @type {Sort} */ (button.getAttribute("data-sort")));
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const target = /** @type {Element} */ (domEvent.target);
    const button = target.closest("[data-act=vote]");
    const row = /** @type {HTMLElement | null} */ (target.closest("[data-id]"));
    if (button && row) this.votes.press(row.dataset.id ?? "");
  }

  /**
   * @param {string} text
   * @param {boolean} anonymous
   */
  #ask(text, anonymous) {
    this.asked.send({ room: this.page.room, text, anonymous });
    this.choose("mine");
    this.box.scrollTo({ top: 0 });
  }

  /** @param {import("../state/person.js").OwnQuestion} question */
  #yours(question) {
    if (question.room !== this.page.room) return;
    const waited = this.asked.entries.some((each) => !each.id || each.id === question.id);
    this.asked.claim(question.id, (body) => sameText(body.text, question.text));
    // The answer to one's own command tells it already.
    if (!waited) tellFate(question);
  }

  #toHash() {
    if (!location.hash.startsWith("#question-")) return;
    const id = location.hash.slice("#question-".length);
    const found = this.questions.find((each) => each.id === id);
    if (!found) return void toast(t("This question is not public any more."));
    if (found.state !== "live") this.choose(found.state === "answered" ? "answered" : "top");
    const row = byId(`question-${id}`);
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }
}
