/** What every page does for its reader: clocks, countdowns, menus that close, lists that turn live. */
import { heardClock, serverNow } from "../lib/clock.js";
import { setText } from "../lib/dom.js";
import { formatTime } from "../lib/i18n.js";
import { startCountdowns } from "./countdown.js";

const PAST_MS = 1_500;

/** Start all of it. */
export function startSite() {
  heardClock(document.documentElement.dataset.now ?? "");
  startCountdowns();
  tickClocks();
  turnWithTime();
  closeMenus();
  for (const form of document.querySelectorAll("form[data-zone-form]")) submitOnChange(/** @type {HTMLFormElement} */ (form));
}

/**
 * Send a form as soon as something was chosen in it; its button is for those without this script.
 * @param {HTMLFormElement} form
 */
export function submitOnChange(form) {
  form.addEventListener("change", (domEvent) => {
    if (domEvent.target instanceof HTMLSelectElement) form.requestSubmit();
  });
}

function tickClocks() {
  const clocks = /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-clock]"));
  if (!clocks.length) return;
  const tick = () => {
    const now = serverNow();
    for (const clock of clocks) setText(clock, formatTime(now, clock.dataset.clock));
    setTimeout(tick, 60_000 - (now % 60_000));
  };
  tick();
}

/** A list that the server made for one moment is made anew when a session in it begins or ends. */
function turnWithTime() {
  const times = /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-countdown]"));
  const turns = [...times].filter((each) => !each.closest("[data-start][data-end]")).map((each) => Date.parse(each.dateTime));
  const ahead = turns.filter((at) => at > serverNow());
  if (!ahead.length) return;
  const wait = Math.min(...ahead) - serverNow() + PAST_MS;
  // Longer waits than a day would overflow the timer, and nobody sits before them.
  if (wait < 86_400_000) setTimeout(reloadWhenIdle, wait);
}

/** Load the page again, but not under the hands of somebody who fills a form in. */
export function reloadWhenIdle() {
  const busy = document.activeElement?.closest("form");
  if (busy) setTimeout(reloadWhenIdle, PAST_MS);
  else location.reload();
}

function closeMenus() {
  const menus = /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu"));
  document.addEventListener("click", (domEvent) => {
    for (const menu of menus) if (!menu.contains(/** @type {Node} */ (domEvent.target))) menu.open = false;
  });
  for (const menu of menus) {
    menu.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
  }
}
