/** A café's clock by the server's time: what is on, which round, and how long still; said aloud twice and no more. */
import { serverNow } from "../lib/clock.js";
import { byId, setText } from "../lib/dom.js";
import { formatNumber, t } from "../lib/i18n.js";
import { PHASES } from "./cafe_words.js";

const SAID_AT = [60, 10];

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {() => any} here  the table where one sits, which may have more time than the others
 */
export function startCafeClock(page, here) {
  const root = /** @type {HTMLElement} */ (byId("cafe"));
  let said = "";
  const draw = () => {
    const cafe = page.roomState.cafe;
    if (!cafe) return;
    const left = secondsLeft(cafe, here());
    root.dataset.phase = cafe.phase;
    root.dataset.paused = String(cafe.left_ms !== undefined && cafe.left_ms !== null);
    setText(byId("cafe-phase"), root.dataset.paused === "true" ? t("Paused") : PHASES[cafe.phase]);
    const rounds = cafe.rounds?.length ?? 0;
    setText(byId("cafe-round"), rounds ? t("Round {n} of {all}", { n: (cafe.round ?? 0) + 1, all: rounds }) : "");
    setText(byId("cafe-clock"), left === null ? "" : minutes(left));
    say(cafe, left);
  };
  page.model.watch(draw);
  const tick = () => {
    draw();
    setTimeout(tick, 1000 - (serverNow() % 1000));
  };
  tick();

  /**
   * @param {any} cafe
   * @param {number | null} left
   */
  function say(cafe, left) {
    const mark = SAID_AT.find((each) => left !== null && left <= each && left > each - 5);
    const key = `${cafe.phase}/${cafe.round ?? 0}/${mark}`;
    if (!mark || key === said || !["open", "closing"].includes(cafe.phase)) return;
    said = key;
    setText(byId("alarm"), mark === 60 ? t("One minute left in this round.") : t("Ten seconds left."));
  }
}

/**
 * Count the seconds until the round ends for somebody, or the phase where no round is on; null where nothing runs out.
 * @param {any} cafe
 * @param {any} [table]
 */
export function secondsLeft(cafe, table) {
  const paused = cafe.left_ms;
  if (!cafe.ends_at && (paused === undefined || paused === null)) return null;
  const until = cafe.ends_at ? Date.parse(cafe.ends_at) - serverNow() : paused;
  const talking = ["opening", "open", "closing"].includes(cafe.phase);
  return Math.max(0, Math.ceil((until + (talking ? (table?.extra_ms ?? 0) : 0)) / 1000));
}

/** @param {number} seconds */
export function minutes(seconds) {
  const two = (/** @type {number} */ n) => (n < 10 ? `${formatNumber(0)}${formatNumber(n)}` : formatNumber(n));
  return `${formatNumber(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
