/**
 * Times that come nearer, by the server's clock.
 *
 * `<time data-countdown datetime="…">` says how far away its time is. An element with data-start and data-end carries
 * its phase in data-phase (next, live, over); below it, what has data-when is shown in that phase only.
 */
import { serverNow } from "../lib/clock.js";
import { setShown, setText } from "../lib/dom.js";
import { formatRelative } from "../lib/i18n.js";

/** Keep every countdown and phase of the page up to date. */
export function startCountdowns() {
  const tick = () => {
    const now = serverNow();
    for (const element of document.querySelectorAll("time[data-countdown]")) {
      setText(element, formatRelative(/** @type {HTMLTimeElement} */ (element).dateTime, now));
    }
    for (const element of document.querySelectorAll("[data-start][data-end]")) showPhase(/** @type {HTMLElement} */ (element), now);
    setTimeout(tick, 1000 - (serverNow() % 1000));
  };
  tick();
}

/**
 * Tell whether something is still to come, is happening, or is over.
 * @param {string} start
 * @param {string} end
 * @param {number} now
 */
export function phaseAt(start, end, now) {
  if (now < Date.parse(start)) return "next";
  return now < Date.parse(end) ? "live" : "over";
}

/**
 * @param {HTMLElement} element
 * @param {number} now
 */
function showPhase(element, now) {
  const phase = phaseAt(element.dataset.start ?? "", element.dataset.end ?? "", now);
  if (element.dataset.phase === phase) return;
  element.dataset.phase = phase;
  for (const piece of element.querySelectorAll("[data-when]")) {
    setShown(piece, (/** @type {HTMLElement} */ (piece).dataset.when ?? "").split(" ").includes(phase));
  }
}
