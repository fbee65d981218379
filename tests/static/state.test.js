/** What the browser makes of events: absolute values, upserts by id, order by number, and nothing else. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { reduceDesk } from "../../static/js/state/desk.js";
import { reduceForum } from "../../static/js/state/forum.js";
import { reducePerson } from "../../static/js/state/person.js";
import { reduceRoom, withNewest, withOlder } from "../../static/js/state/room.js";

const ROOM = { room: 7, features: ["chat", "questions"], premoderated: true, count: 3 };
const AT = "2023-04-12T09:30:00.000Z";

function frozen(value) {
  for (const inner of Object.values(value ?? {})) if (inner && typeof inner === "object") frozen(inner);
  return Object.freeze(value);
}

/** Apply events to a state that nobody may change in place. */
function after(reduce, state, ...events) {
  return events.reduce((held, event) => reduce(frozen(held), frozen(event)), state);
}

const posted = (number, more = {}) => ({ type: "chat.posted", id: `m${number}`, number, by: 1, name: "Amina", at: AT, text: `No. ${number}`, ...more });
const ids = (state) => state.chat.messages.map((each) => each.id);
const question = (number, more = {}) => ({ id: `q${number}`, number, text: "Why?", state: "open", at: AT, ...more });

test("messages stand in the order of their numbers, however they come", () => {
  const state = after(reduceRoom, ROOM, posted(2), posted(5), posted(3));
  assert.deepEqual(ids(state), ["m2", "m3", "m5"]);
  assert.ok(!("type" in state.chat.messages[0]));
});

test("the same message twice is one message", () => {
  assert.deepEqual(ids(after(reduceRoom, ROOM, posted(1), posted(1))), ["m1"]);
});

test("an edit replaces the message where it stands", () => {
  const edited = { ...posted(1), type: "chat.edited", text: "Better", edited: true };
  const state = after(reduceRoom, ROOM, posted(1), posted(2), edited);
  assert.deepEqual(ids(state), ["m1", "m2"]);
  assert.deepEqual([state.chat.messages[0].text, state.chat.messages[0].edited], ["Better", true]);
});

test("a message that is gone takes its reactions with it", () => {
  const state = after(reduceRoom, ROOM, posted(1), { type: "chat.reactions", reactions: { m1: { "👍": 2 } } }, { type: "chat.gone", id: "m1" });
  assert.deepEqual([state.chat.messages, state.chat.reactions], [[], {}]);
});

test("reactions are absolute, and none at all is none", () => {
  const some = after(reduceRoom, ROOM, posted(1), { type: "chat.reactions", reactions: { m1: { "👍": 2 } } });
  assert.deepEqual(some.chat.reactions, { m1: { "👍": 2 } });
  assert.deepEqual(after(reduceRoom, some, { type: "chat.reactions", reactions: { m1: {} } }).chat.reactions, {});
});

test("a message that came back waits for its page when that is not held", () => {
  const held = { ...ROOM, chat: { messages: [], before: 100 } };
  assert.deepEqual(ids(after(reduceRoom, held, posted(5), posted(120))), ["m120"]);
});

test("an older page goes before what is there, without doubles", () => {
  const state = after(reduceRoom, ROOM, posted(10), posted(11));
  const page = { messages: [posted(8), posted(10)], before: 8, reactions: { m8: { "👍": 1 }, m10: { "👍": 9 } } };
  const merged = withOlder({ ...state, chat: { ...state.chat, reactions: { m10: { "👍": 3 } } } }, page);
  assert.deepEqual(ids(merged), ["m8", "m10", "m11"]);
  assert.equal(merged.chat.before, 8);
  assert.deepEqual(merged.chat.reactions, { m8: { "👍": 1 }, m10: { "👍": 3 } });
});

test("letting go keeps the newest, and knows which page brings the rest back", () => {
  const state = after(reduceRoom, ROOM, ...[1, 2, 3, 4].map((number) => posted(number)));
  const less = withNewest(state, 2);
  assert.deepEqual([ids(less), less.chat.before], [["m3", "m4"], 3]);
  assert.equal(withNewest(less, 2), less);
});

test("a question is shown, changes, and goes with its score", () => {
  const shown = after(reduceRoom, ROOM, { type: "question.shown", question: question(2) }, { type: "question.shown", question: question(1) }, { type: "question.scores", scores: { q1: 4, q2: 0 } });
  assert.deepEqual(shown.questions.questions.map((each) => each.id), ["q1", "q2"]);
  const live = after(reduceRoom, shown, { type: "question.changed", question: question(1, { state: "live" }) });
  assert.equal(live.questions.questions[0].state, "live");
  const gone = after(reduceRoom, live, { type: "question.gone", id: "q1" });
  assert.deepEqual([gone.questions.questions.length, gone.questions.scores], [1, { q2: 0 }]);
});

test("scores and the number of people are absolute", () => {
  const state = after(reduceRoom, ROOM, { type: "question.scores", scores: { q1: 4 } }, { type: "question.scores", scores: { q1: 2, q2: 1 } }, { type: "presence.count", count: 9 });
  assert.deepEqual([state.questions.scores, state.count], [{ q1: 2, q2: 1 }, 9]);
});

test("announcements stand in the order in which they were made, and end", () => {
  const made = (id, at) => ({ type: "announcement.shown", announcement: { id, at, texts: { en: id }, name: "Amina", expires_at: AT } });
  for (const [reduce, start] of [[reduceForum, {}], [reduceRoom, ROOM]]) {
    const state = after(reduce, start, made("b", "2023-04-12T09:02:00.000Z"), made("a", "2023-04-12T09:01:00.000Z"));
    assert.deepEqual(state.announcements.map((each) => each.id), ["a", "b"]);
    assert.deepEqual(after(reduce, state, { type: "announcement.gone", id: "a" }).announcements.map((each) => each.id), ["b"]);
  }
});

test("one's own questions move, and leave when they are withdrawn", () => {
  const own = (state) => ({ type: "question.yours", question: { id: "q", room: 7, text: "Why?", state, at: AT } });
  const state = after(reducePerson, { name: "Amina" }, own("pending"), own("open"));
  assert.deepEqual(state.questions.map((each) => each.state), ["open"]);
  assert.deepEqual(after(reducePerson, state, own("withdrawn")).questions, []);
});

test("votes are set, not toggled", () => {
  const vote = (id, on) => ({ type: "question.voted", question: id, on });
  const state = after(reducePerson, { name: "Amina" }, vote("b", true), vote("a", true), vote("b", true));
  assert.deepEqual(state.votes, ["a", "b"]);
  assert.deepEqual(after(reducePerson, state, vote("b", false), vote("b", false)).votes, ["a"]);
});

test("one's name and how far one has read are absolute", () => {
  const state = after(reducePerson, { name: "Amina", read_to: { 8: 1 } }, { type: "person.changed", name: "Amina B." }, { type: "chat.read_to", room: 7, number: 12 });
  assert.deepEqual(state, { name: "Amina B.", read_to: { 7: 12, 8: 1 } });
});

test("the desk holds numbered questions by number and then the others by time", () => {
  const matter = (id, at, number) => ({ type: "question.held", question: { id, at, number, text: "Why?", state: "pending", by: 1, name: "Amina", rev: 1 } });
  const state = after(reduceDesk, {}, matter("c", "2023-04-12T09:03:00.000Z"), matter("a", "2023-04-12T09:01:00.000Z"), matter("n", "2023-04-12T09:09:00.000Z", 4));
  assert.deepEqual(state.questions.map((each) => each.id), ["n", "a", "c"]);
  const moved = after(reduceDesk, state, { ...matter("c", "2023-04-12T09:03:00.000Z", 2), type: "question.moved" });
  assert.deepEqual(moved.questions.map((each) => each.id), ["c", "n", "a"]);
  assert.deepEqual(after(reduceDesk, moved, { type: "question.left", id: "n" }).questions.map((each) => each.id), ["c", "a"]);
});

test("what is not known changes nothing", () => {
  for (const reduce of [reduceRoom, reducePerson, reduceForum, reduceDesk]) {
    const state = frozen({ name: "as it was" });
    assert.equal(reduce(state, { type: "stream.blanked" }), state);
    assert.equal(reduce(state, { type: "poll.opened", anything: 1 }), state);
  }
});

const GOLDEN = new URL("../golden/", import.meta.url);
const transcripts = existsSync(GOLDEN) ? readdirSync(GOLDEN).filter((name) => name.endsWith(".json")) : [];

test("there are golden transcripts of the server", { skip: !transcripts.length && "not written yet" }, () => {
  assert.ok(transcripts.length > 0);
});

for (const name of transcripts) {
  const found = JSON.parse(readFileSync(new URL(name, GOLDEN), "utf8"));
  for (const [index, each] of (Array.isArray(found) ? found : (found.transcripts ?? [found])).entries()) {
    test(`the server's state and events give the server's next state: ${each.name ?? name} ${index}, ${each.stream}`, () => {
      const reached = after(reducerOf(each.stream), each.before, ...each.events);
      assert.deepEqual(essence(reached), essence(each.after));
    });
  }
}

function reducerOf(stream) {
  if (stream === "forum") return reduceForum;
  if (stream.startsWith("person/")) return reducePerson;
  return stream.endsWith("/moderators") ? reduceDesk : reduceRoom;
}

/** Leave out what a default is: null, false, "", and what is empty; the wire leaves them out too. */
function essence(value) {
  if (Array.isArray(value)) return value.map(essence);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).map(([key, inner]) => [key, essence(inner)]);
  return Object.fromEntries(kept.filter(([, inner]) => !isDefault(inner)));
}

function isDefault(value) {
  if (value === null || value === false || value === "" || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
