/**
 * Announcements, until they expire by the server's clock.
 *
 * The list stands in `#announcements` and its row in `<template id="announcement-row">` with the slots text and name.
 */
import { serverNow } from "../lib/clock.js";
import { byId, cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";

const HIDDEN_KEPT = 100;

/** @typedef {import("../state/announcements.js").Announcement} Announcement */

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {string[]} streams  whose announcements are shown
 */
export function showAnnouncements(page, streams) {
  const list = byId("announcements");
  if (!list) return;
  const rows = new Rows(list);
  /** @type {Set<string>} */
  const put = new Set(page.kept("announcements-hidden") ?? []);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const draw = () => {
    clearTimeout(timer);
    const standing = streams.flatMap((name) => page.model.states[name]?.announcements ?? []).filter((each) => stands(each) && !put.has(each.id));
    const byKey = new Map(standing.map((each) => [each.id, each]));
    rows.show([...byKey.keys()], () => cloned("announcement-row"));
    for (const [id, each] of byKey) fillAnnouncement(rows.get(id), each);
    setShown(list, standing.length > 0);
    const left = standing.map((each) => Date.parse(each.expires_at) - serverNow());
    if (left.length) timer = setTimeout(draw, Math.min(60_000, Math.max(250, Math.min(...left))));
  };
  list.addEventListener("click", (domEvent) => {
    const button = /** @type {Element} */ (domEvent.target).closest("[data-act=hide]");
    const row = /** @type {HTMLElement | null} */ (button?.closest("[data-id]") ?? null);
    if (!row) return;
    put.add(row.dataset.id ?? "");
    page.keep("announcements-hidden", [...put].slice(-HIDDEN_KEPT));
    draw();
  });
  page.model.watch(draw);
  draw();
}

/** @param {Announcement} announcement */
function stands(announcement) {
  return Date.parse(announcement.expires_at) > serverNow();
}

/**
 * @param {HTMLElement | undefined} row
 * @param {Announcement} announcement
 */
function fillAnnouncement(row, { id, texts, name }) {
  if (!row) return;
  row.dataset.id = id;
  const language = [document.documentElement.lang, "en", ...Object.keys(texts)].find((each) => each in texts) ?? "";
  setAttribute(slot(row, "text"), "lang", language);
  setText(slot(row, "text"), texts[language] ?? "");
  setText(slot(row, "name"), name);
}
