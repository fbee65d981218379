/** Who is here: a number always, names when one asks. */
import { byId, cloned, Rows, setShown, setText, slot, throttled } from "../lib/dom.js";
import { formatNumber, t, tn } from "../lib/i18n.js";
import { fillFace } from "./faces.js";

/**
 * @typedef {object} Someone
 * @property {number} id
 * @property {string} name
 * @property {string} [organisation]
 * @property {string} [country]
 * @property {string[]} [roles]
 */

const REFRESH_MS = 5_000;
const MOST_PAGES = 5;

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {import("./tabs.js").Tabs} tabs
 */
export function showPeople(page, tabs) {
  const list = byId("people-list");
  if (!list) return;
  const rows = new Rows(list);
  const countries = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "region", fallback: "code" });
  let shownCount = -1;
  const load = throttled(REFRESH_MS, async () => {
    const found = await fetchPeople(page.room).catch(() => null);
    if (!found) return;
    const byKey = new Map(found.people.map((each) => [String(each.id), each]));
    rows.show([...byKey.keys()], () => cloned("someone-row"));
    for (const [key, each] of byKey) fillSomeone(rows.get(key), each, countries);
    const more = found.count - found.people.length;
    setShown(byId("people-more"), more > 0);
    setText(byId("people-more"), tn("and {n} more person", "and {n} more people", Math.max(0, more)));
    setShown(byId("people-wait"), false);
  });
  const draw = () => {
    const { count } = page.roomState;
    for (const place of document.querySelectorAll("[data-count]")) setText(place, formatNumber(count));
    if (!tabs.isShown("people") || document.hidden || count === shownCount) return;
    shownCount = count;
    load();
  };
  page.model.watch(draw);
  tabs.onChange(draw);
  document.addEventListener("visibilitychange", draw);
  draw();
}

/**
 * @param {number} room
 * @returns {Promise<{count: number, people: Someone[]}>}
 */
async function fetchPeople(room) {
  /** @type {Someone[]} */
  const people = [];
  let count = 0;
  let after = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await fetch(`/api/v1/rooms/${room}/people?after=${after}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    people.push(...(found.people ?? []));
    count = found.count;
    after = found.after ?? 0;
    if (!after) break;
  }
  return { count, people };
}

/**
 * @param {HTMLElement | undefined} row
 * @param {Someone} someone
 * @param {Intl.DisplayNames} countries
 */
function fillSomeone(row, { id, name, organisation, country, roles = [] }, countries) {
  if (!row) return;
  fillFace(slot(row, "face"), name, id);
  setText(slot(row, "name"), name);
  const role = ["organiser", "moderator", "host", "speaker"].find((each) => roles.includes(each));
  setShown(slot(row, "role"), Boolean(role));
  setText(slot(row, "role"), role ? ROLE_WORDS[role] : "");
  const place = country && /^[A-Z]{2}$/.test(country) ? countries.of(country) : country;
  setText(slot(row, "of"), organisation ?? "");
  setText(slot(row, "from"), organisation && place ? `· ${place}` : (place ?? ""));
}

/** @type {Record<string, string>} */
const ROLE_WORDS = { organiser: t("Organiser"), moderator: t("Moderator"), host: t("Host"), speaker: t("Speaker") };
