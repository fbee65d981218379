/** One's own questions, and what has become of each. */
import { byId, cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, formatTime, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { fateWords } from "./messages.js";

/**
 * @typedef {import("../state/person.js").OwnQuestion} OwnQuestion
 * @typedef {import("./outgoing.js").Sending} Sending
 */

/** @type {Record<string, string>} */
const FATE_WORDS = {
  pending: t("Waiting for a moderator"),
  open: t("Open"),
  live: t("Being answered now"),
  answered: t("Answered"),
  dismissed: t("Not accepted"),
  hidden: t("Hidden by a moderator"),
};
/** @type {Record<string, string>} */
const FATE_TAGS = { pending: "tag--warn", open: "tag--accent", live: "tag--live", answered: "tag--ok", dismissed: "tag--danger", hidden: "tag--danger" };
/** @type {Record<string, string>} */
const WHY_WORDS = {
  off_topic: t("Off topic"),
  duplicate: t("Asked already"),
  unclear: t("Not clear enough"),
  offensive: t("Offensive"),
  personal: t("About a private person"),
  promotion: t("Advertising"),
  no_time: t("No time left"),
};
/** @type {Record<string, string>} */
const NEWS = {
  pending: t("Your question is with the moderators."),
  open: t("Your question is public now."),
  live: t("Your question is being answered now."),
  answered: t("Your question has been answered."),
  dismissed: t("Your question was not accepted."),
  hidden: t("A moderator has hidden your question."),
};

/** @param {OwnQuestion} question */
export function tellFate({ state, why }) {
  const news = NEWS[state];
  if (news) toast(why ? `${news} ${WHY_WORDS[why] ?? why}` : news);
}

export class OwnQuestions {
  /**
   * @param {import("../lib/page.js").LivePage} page
   * @param {import("./outgoing.js").Outgoing} asked
   */
  constructor(page, asked) {
    this.page = page;
    this.asked = asked;
    const list = /** @type {HTMLElement} */ (byId("own-list"));
    this.rows = new Rows(list);
    list.addEventListener("click", (domEvent) => this.#clicked(domEvent));
  }

  /** Draw them, newest first; gives how many there are. */
  draw() {
    const held = (this.page.mine?.questions ?? []).filter((each) => each.room === this.page.room).reverse();
    const there = new Set(held.map((each) => each.id));
    for (const { ref, id } of this.asked.entries) {
      if (!id || !there.has(id)) continue;
      this.rows.rename(ref, id);
      this.asked.discard(ref);
    }
    const sending = [...this.asked.entries].reverse();
    this.rows.show([...sending.map((each) => each.ref), ...held.map((each) => each.id)], () => cloned("own-row"));
    for (const each of sending) this.#fillSending(this.rows.get(each.ref), each);
    for (const each of held) this.#fill(this.rows.get(each.id), each);
    return sending.length + held.length;
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {OwnQuestion} question
   */
  #fill(row, { id, text, state, at, anonymous = false, number, why = "" }) {
    if (!row) return;
    this.#fillWords(row, id, text, at, anonymous);
    const words = FATE_WORDS[state] ?? state;
    setText(slot(row, "fate"), number ? `#${formatNumber(number)} · ${words}` : words);
    slot(row, "fate").className = `tag ${FATE_TAGS[state] ?? ""}`;
    setText(slot(row, "why"), why ? (WHY_WORDS[why] ?? why) : "");
    setShown(slot(row, "withdraw"), state === "pending" || state === "open");
    for (const name of ["retry", "discard"]) setShown(slot(row, name), false);
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {Sending} sending
   */
  #fillSending(row, sending) {
    if (!row) return;
    const { ref, body, at, fate } = sending;
    this.#fillWords(row, ref, body.text, at, body.anonymous);
    setText(slot(row, "fate"), fateWords(sending));
    slot(row, "fate").className = fate === "refused" ? "tag tag--danger" : "tag";
    setShown(slot(row, "fate"), fate !== "sent");
    setShown(slot(row, "retry"), fate === "refused");
    setShown(slot(row, "discard"), fate === "refused" || fate === "unconfirmed");
  }

  /**
   * @param {HTMLElement} row
   * @param {string} key
   * @param {string} text
   * @param {string} at
   * @param {boolean} anonymous
   */
  #fillWords(row, key, text, at, anonymous) {
    row.dataset.id = key;
    setText(slot(row, "text"), text);
    setAttribute(slot(row, "at"), "datetime", at);
    setText(slot(row, "at"), formatTime(at));
    setShown(slot(row, "anonymous"), anonymous);
    setShown(slot(row, "fate"), true);
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-act]"));
    const id = /** @type {HTMLElement | null} */ (button?.closest("[data-id]"))?.dataset.id ?? "";
    if (button?.dataset.act === "retry") this.asked.retry(id);
    if (button?.dataset.act === "discard") this.asked.discard(id);
    if (button?.dataset.act === "withdraw") this.#withdraw(id);
  }

  /** @param {string} id */
  #withdraw(id) {
    const done = () => toast(t("Question withdrawn"));
    this.page.line.send("question.withdraw", { question: id }).then(done, (refusal) => toast(refusal.message, null, true));
  }
}
