/** New things said politely, in one place, at most every ten seconds. */
import { byId, setText, throttled } from "../lib/dom.js";
import { formatList, tn } from "../lib/i18n.js";

const SAY_EVERY_MS = 10_000;

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {string} asked  the event that brings a new question to this page
 */
export function sayPolitely(page, asked) {
  const place = byId("summary");
  let messages = 0;
  let questions = 0;
  const say = throttled(SAY_EVERY_MS, () => {
    /** @type {string[]} */
    const words = [];
    if (messages) words.push(tn("{n} new message", "{n} new messages", messages));
    if (questions) words.push(tn("{n} new question", "{n} new questions", questions));
    messages = questions = 0;
    setText(place, "");
    // The same words twice are two pieces of news.
    requestAnimationFrame(() => setText(place, formatList(words)));
  });
  page.model.on("chat.posted", ({ by }) => {
    if (by === page.me) return;
    messages += 1;
    say();
  });
  page.model.on(asked, () => {
    questions += 1;
    say();
  });
}

/**
 * Write numbers of new things before the page's title.
 * @param {() => number} count
 * @param {import("../lib/page.js").LivePage} page
 */
export function countInTitle(count, page) {
  const title = document.title;
  const draw = () => {
    const n = count();
    const wanted = n ? `(${n > 99 ? "99+" : n}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  };
  page.model.watch(draw);
  draw();
}
