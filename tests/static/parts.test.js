/** Rules of the page's parts that need no browser. */
import assert from "node:assert/strict";
import { test } from "node:test";

// The modules look at the page when they load; an empty one is enough.
globalThis.document = { documentElement: { lang: "en", dataset: {} }, getElementById: () => null, hidden: false };

const { changesBetween, orderFor } = await import("../../static/js/parts/order.js");
const { initialsOf } = await import("../../static/js/parts/faces.js");
const { phaseAt } = await import("../../static/js/parts/countdown.js");
const { isSendKey } = await import("../../static/js/parts/composer.js");
const { followsOn } = await import("../../static/js/parts/messages.js");
const { lengthOf, sameText } = await import("../../static/js/parts/outgoing.js");
const { Outbox } = await import("../../static/js/lib/kept.js");

test("nothing has changed between equal orders", () => {
  assert.equal(changesBetween(["a", "b", "c"], ["a", "b", "c"]), 0);
});

test("what moved, came or both is counted once each", () => {
  assert.equal(changesBetween(["a", "b", "c", "d"], ["d", "a", "b", "c"]), 1);
  assert.equal(changesBetween(["a", "b"], ["x", "a", "b", "y"]), 2);
  assert.equal(changesBetween(["a", "b", "c"], ["c", "x", "a", "b"]), 2);
});

test("a held list keeps its order, and lets go only of what is gone", () => {
  assert.deepEqual(orderFor(["a", "b", "c"], ["x", "c", "a"], true), ["a", "c"]);
  assert.deepEqual(orderFor(["a", "b", "c"], ["x", "c", "a"], false), ["x", "c", "a"]);
});

test("initials are those of the first and the last word", () => {
  assert.equal(initialsOf("Amina bint Khalid").replace("\u200c", ""), "AK");
  assert.equal(initialsOf("林晓溪"), "林");
  assert.equal(initialsOf("  Cher "), "C");
  assert.equal(initialsOf(""), "•");
});

test("a session is next, live and over by the clock", () => {
  const [start, end] = ["2023-04-12T09:00:00Z", "2023-04-12T10:00:00Z"];
  assert.equal(phaseAt(start, end, Date.parse(start) - 1), "next");
  assert.equal(phaseAt(start, end, Date.parse(start)), "live");
  assert.equal(phaseAt(start, end, Date.parse(end)), "over");
});

test("Enter sends, but not with Shift and not while a word is being composed", () => {
  const press = (more) => isSendKey({ key: "Enter", shiftKey: false, altKey: false, isComposing: false, keyCode: 13, ...more });
  assert.equal(press({}), true);
  assert.equal(press({ shiftKey: true }), false);
  assert.equal(press({ isComposing: true }), false);
  assert.equal(press({ keyCode: 229 }), false);
  assert.equal(press({ key: "a" }), false);
});

test("messages of one person within five minutes stand under one head, replies never", () => {
  const message = (by, at, more = {}) => ({ id: "m", number: 1, by, name: "Amina", at, text: "Hi", ...more });
  const first = message(1, "2023-04-12T09:00:00Z");
  assert.equal(followsOn(first, message(1, "2023-04-12T09:04:59Z")), true);
  assert.equal(followsOn(first, message(1, "2023-04-12T09:05:00Z")), false);
  assert.equal(followsOn(first, message(2, "2023-04-12T09:01:00Z")), false);
  assert.equal(followsOn(first, message(1, "2023-04-12T09:01:00Z", { reply_to: "x" })), false);
  assert.equal(followsOn(undefined, first), false);
});

test("lengths are counted in code points, as the server does", () => {
  assert.equal(lengthOf("  👏🙏 "), 2);
  assert.equal("👏🙏".length, 4);
});

test("a text is known again after the server has tidied it", () => {
  assert.ok(sameText(" Cafe\u0301  au\r\n lait ", "Café au lait"));
  assert.ok(!sameText("Café", "Cafe"));
});

test("unanswered commands survive a reload, and only those", () => {
  const held = new Map();
  globalThis.sessionStorage = { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value), removeItem: (key) => held.delete(key) };
  const entry = (ref) => ({ ref, name: "chat.post", body: { text: ref }, at: "2023-04-12T09:00:00Z" });
  const outbox = new Outbox("majlis/2/7/outbox/chat.post");
  for (const ref of ["a", "b"]) outbox.add(entry(ref));
  outbox.remove("a");
  assert.deepEqual(new Outbox("majlis/2/7/outbox/chat.post").entries, [entry("b")]);
  assert.deepEqual(new Outbox("majlis/3/7/outbox/chat.post").entries, []);
  outbox.remove("b");
  assert.equal(held.size, 0);
});

test("a page without storage still works", () => {
  globalThis.sessionStorage = { getItem: () => assert.fail("forbidden"), setItem: () => assert.fail("forbidden") };
  const outbox = new Outbox("key");
  outbox.add({ ref: "a", name: "chat.post", body: {}, at: "" });
  assert.equal(outbox.entries.length, 1);
});
