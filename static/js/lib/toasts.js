/** Short notices at the edge of the page; one may offer a way back. */
import { byId, made } from "./dom.js";

const TOAST_MS = 6_000;
const OFFER_MS = 10_000;
const MOST_TOASTS = 3;

/**
 * @typedef {object} Offer
 * @property {string} label
 * @property {() => void} act
 * @property {() => void} [passed]  called once when the offer was not taken
 */

/**
 * Show a notice for some seconds; one that offers something stays while it is hovered or has the focus.
 * @param {string} text
 * @param {Offer | null} [offer]
 * @param {boolean} [danger]
 * @returns {() => void}  take it away at once; an offer then counts as passed
 */
export function toast(text, offer = null, danger = false) {
  const region = byId("toasts");
  const shown = made("div", danger ? "toast toast--danger" : "toast");
  const words = made("span", "toast__text", text);
  words.dir = "auto";
  shown.append(words);
  let ended = false;
  /** @param {(() => void) | undefined} then */
  const end = (then) => {
    if (ended) return;
    ended = true;
    shown.remove();
    then?.();
  };
  if (offer) shown.append(offerButton(offer, end));
  const close = () => end(offer?.passed);
  const wait = () => setTimeout(() => (shown.matches(":hover, :focus-within") ? wait() : close()), offer ? OFFER_MS : TOAST_MS);
  wait();
  dismissals.set(shown, close);
  region?.append(shown);
  const first = region?.firstElementChild;
  if (first && region.childElementCount > MOST_TOASTS) dismissals.get(first)?.();
  return close;
}

/** @type {WeakMap<Element, () => void>} */
const dismissals = new WeakMap();

/**
 * @param {Offer} offer
 * @param {(then: () => void) => void} end
 */
function offerButton(offer, end) {
  const button = /** @type {HTMLButtonElement} */ (made("button", "button button--quiet button--small", offer.label));
  button.type = "button";
  button.addEventListener("click", () => end(offer.act));
  return button;
}
