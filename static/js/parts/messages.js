/** One message as a row: what it says, whose it is, how it stands. */
import { made, cloned, Rows, setAttribute, setLinkedText, setShown, setText, slot } from "../lib/dom.js";
import { formatTime, t } from "../lib/i18n.js";
import { fillFace } from "./faces.js";

/**
 * @typedef {import("../state/room.js").Message} Message
 * @typedef {import("./outgoing.js").Sending} Sending
 *
 * @typedef {object} MessageView  everything that a row shows
 * @property {Message} message
 * @property {boolean} follows  the one above is by the same person
 * @property {boolean} mine
 * @property {Message | undefined} quoted
 * @property {Record<string, number> | undefined} counts
 * @property {string[]} reacted  the reader's own reactions, as far as this browser knows them
 * @property {Sending | undefined} sending
 */

const GROUP_MS = 300_000;
const SNIPPET = 120;
/** @type {(keyof MessageView)[]} */
const VIEW_KEYS = ["message", "follows", "mine", "quoted", "counts", "reacted", "sending"];
/** @type {WeakMap<HTMLElement, MessageView>} */
const shownViews = new WeakMap();
/** @type {WeakMap<HTMLElement, Rows>} */
const reactionRows = new WeakMap();

/**
 * Bring a row up to date; what has not changed is not touched.
 * @param {HTMLElement} row
 * @param {MessageView} view
 */
export function fillMessage(row, view) {
  const was = shownViews.get(row);
  if (was && VIEW_KEYS.every((key) => was[key] === view[key]) && !view.sending) return;
  shownViews.set(row, view);
  const { message, mine, follows, sending } = view;
  if (was?.message !== message) fillWords(row, message);
  row.classList.toggle("message--follows", follows);
  row.classList.toggle("message--mine", mine);
  if (!was || was.quoted !== view.quoted || was.message !== message) fillQuote(row, message, view.quoted);
  if (view.counts !== was?.counts || view.reacted !== was?.reacted) fillReactions(row, view.counts ?? {}, view.reacted);
  if (sending || was?.sending) fillFate(row, sending);
}

/**
 * Tell whether a message stands under the same head as the one before it.
 * @param {Message | undefined} before
 * @param {Message} message
 */
export function followsOn(before, message) {
  if (!before || before.by !== message.by || message.reply_to) return false;
  return Date.parse(message.at) - Date.parse(before.at) < GROUP_MS;
}

/**
 * @param {HTMLElement} row
 * @param {Message} message
 */
function fillWords(row, message) {
  const { id, name, by, at, text, edited } = message;
  row.id = `message-${id}`;
  row.dataset.id = id;
  fillFace(slot(row, "face"), name, by);
  setText(slot(row, "name"), name);
  setAttribute(slot(row, "link"), "href", `#message-${id}`);
  setAttribute(slot(row, "at"), "datetime", at);
  setText(slot(row, "at"), formatTime(at));
  const words = slot(row, "text");
  setLinkedText(words, text);
  words.querySelector(".message__edited")?.remove();
  if (edited) words.append(" ", made("span", "message__edited", t("(edited)")));
}

/**
 * @param {HTMLElement} row
 * @param {Message} message
 * @param {Message | undefined} quoted
 */
function fillQuote(row, message, quoted) {
  const quote = slot(row, "quote");
  setShown(quote, Boolean(message.reply_to));
  if (!message.reply_to) return;
  setAttribute(quote, "href", `#message-${message.reply_to}`);
  setText(slot(quote, "quoted-name"), quoted?.name ?? "");
  setText(slot(quote, "quoted-text"), quoted ? quoted.text.slice(0, SNIPPET) : t("an earlier message"));
}

/**
 * @param {HTMLElement} row
 * @param {Record<string, number>} counts
 * @param {string[]} reacted
 */
function fillReactions(row, counts, reacted) {
  const list = slot(row, "reactions");
  const rows = reactionRows.get(list) ?? new Rows(list);
  reactionRows.set(list, rows);
  rows.show(Object.keys(counts), () => cloned("reaction-row"));
  for (const [reaction, count] of Object.entries(counts)) {
    const chip = rows.get(reaction);
    if (!chip) continue;
    chip.dataset.id = reaction;
    setText(slot(chip, "emoji"), reaction);
    setText(slot(chip, "count"), count);
    setAttribute(chip.firstElementChild, "aria-pressed", reacted.includes(reaction));
  }
  setShown(list, Object.keys(counts).length > 0);
}

/**
 * @param {HTMLElement} row
 * @param {Sending | undefined} sending
 */
function fillFate(row, sending) {
  const place = slot(row, "state");
  const fate = sending?.fate ?? "sent";
  setAttribute(row, "data-fate", sending ? fate : null);
  setShown(place, Boolean(sending) && fate !== "sent");
  if (!sending || place.dataset.fate === fate) return;
  place.dataset.fate = fate;
  place.replaceChildren(fateWords(sending));
  if (fate === "refused") place.append(" ", fateButton("retry", t("Try again")));
  if (fate === "refused" || fate === "unconfirmed") place.append(" ", fateButton("discard", t("Discard")));
}

/** @param {Sending} sending */
export function fateWords({ fate, error }) {
  if (fate === "sending") return t("Sending…");
  if (fate === "unconfirmed") return t("Not confirmed yet. It is kept and sent again.");
  return error ?? "";
}

/**
 * @param {string} act
 * @param {string} words
 */
function fateButton(act, words) {
  const button = /** @type {HTMLButtonElement} */ (made("button", "message__again", words));
  button.type = "button";
  button.dataset.act = act;
  return button;
}
