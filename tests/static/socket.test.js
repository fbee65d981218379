/** The page's socket: no event is lost or doubled, no command is lost, and it comes back by itself. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { serverNow } from "../../static/js/lib/clock.js";
import { Line } from "../../static/js/lib/socket.js";
import { FakeSocket, frozenClock } from "./fakes.js";

let clock;
let sockets;
let told;
let resets;
let states;
let refused;

beforeEach(() => {
  clock = frozenClock();
  [sockets, told, resets, states, refused] = [[], [], [], [], []];
});
afterEach(() => clock.end());

function started(options = {}) {
  const line = new Line({
    connect: () => sockets[sockets.push(new FakeSocket()) - 1],
    streams: ["room/7"],
    since: { "room/7": 41 },
    person: 2,
    told: (stream, event) => told.push([stream, event.n]),
    reset: (stream, state) => resets.push([stream, state]),
    changed: (state, why) => states.push(why ? `${state} ${why}` : state),
    refused: (stream, error) => refused.push([stream, error.code]),
    ...options,
  });
  line.start();
  return line;
}

function live(options) {
  const line = started(options);
  sockets[0].greets();
  sockets[0].follows({ "room/7": 41 });
  return line;
}

const event = (seq, n = seq) => ({ on: "room/7", seq, event: { type: "x", n } });
const numbers = () => told.map(([, n]) => n);
const current = () => sockets.at(-1);

/** Let the line come back however long it wants to wait. */
function back(more = {}) {
  clock.pass(31_000);
  current().greets(more);
}

test("it follows from where the page was made", () => {
  started();
  sockets[0].greets();
  const { follow, since } = sockets[0].newest("follow");
  assert.deepEqual([follow, since], [["room/7"], { "room/7": 41 }]);
});

test("it is live only once it follows", () => {
  started();
  sockets[0].greets();
  assert.deepEqual(states, []);
  sockets[0].follows({ "room/7": 41 });
  assert.deepEqual(states, ["live"]);
});

test("what the page's head has received already is read in order", () => {
  const early = new FakeSocket();
  early.readyState = 1;
  early.kept = [JSON.stringify({ welcome: { epoch: "e1", you: { id: 2 }, now: "2023-04-12T09:30:00Z", heartbeat_ms: 1 } })];
  started({ connect: () => early });
  assert.equal(early.all("follow").length, 1);
  assert.equal(early.kept.length, 0);
});

test("a head socket that closed before the page's module came is made anew", () => {
  const early = new FakeSocket();
  early.readyState = 3;
  let given = 0;
  started({ connect: () => (given++ ? sockets[sockets.push(new FakeSocket()) - 1] : early) });
  clock.pass(1_000);
  assert.equal(sockets.length, 1);
});

test("events are told once each and in order, whatever is repeated", () => {
  live();
  current().says(event(42), event(42), event(43), event(41), event(44));
  assert.deepEqual(numbers(), [42, 43, 44]);
});

test("a gap is never jumped: the stream is followed again and what comes meanwhile waits for the replay", () => {
  live();
  current().says(event(42), event(44), event(45));
  assert.deepEqual(numbers(), [42]);
  assert.deepEqual(current().newest("follow").since, { "room/7": 42 });
  assert.equal(current().all("follow").length, 2);
  current().follows({ "room/7": 45 });
  current().says(event(43), event(44), event(45), event(46));
  assert.deepEqual(numbers(), [42, 43, 44, 45, 46]);
});

test("an event without a number is told and moves nothing", () => {
  live();
  current().says({ on: "room/7", event: { type: "x", n: "count" } }, event(42));
  assert.deepEqual(numbers(), ["count", 42]);
});

test("events of streams that are not followed are dropped", () => {
  live();
  current().says({ on: "room/8", seq: 1, event: { type: "x", n: 1 } });
  assert.deepEqual(told, []);
});

test("a reset replaces the state, and events go on from its number", () => {
  live();
  current().says({ reset: "room/7", seq: 90, state: { count: 3 } }, event(90), event(91));
  assert.deepEqual(resets, [["room/7", { count: 3 }]]);
  assert.deepEqual(numbers(), [91]);
});

test("a stream without a number waits for its reset", () => {
  started({ since: {} });
  sockets[0].greets();
  assert.deepEqual(sockets[0].newest("follow").since, {});
  sockets[0].says(event(5), { reset: "room/7", seq: 5, state: {} }, event(6));
  assert.deepEqual(numbers(), [6]);
});

test("after a lost connection it follows from the last event", () => {
  live();
  current().says(event(42));
  current().dies();
  back();
  assert.deepEqual(current().newest("follow").since, { "room/7": 42 });
});

test("another epoch makes every number worth nothing", () => {
  live();
  current().dies();
  back({ epoch: "e2" });
  assert.deepEqual(current().newest("follow").since, {});
});

test("the same epoch keeps the numbers", () => {
  live();
  current().dies();
  back({ epoch: "e1" });
  assert.deepEqual(current().newest("follow").since, { "room/7": 41 });
});

test("a command is answered by its ref", async () => {
  const line = live();
  const answer = line.send("chat.post", { room: 7, text: "Hi" });
  const { ref, ...sent } = current().newest("do");
  assert.deepEqual(sent, { do: "chat.post", with: { room: 7, text: "Hi" } });
  assert.match(ref, /^[A-Za-z0-9_-]{1,64}$/);
  current().says({ ok: ref, result: { id: "m1" } });
  assert.deepEqual(await answer, { id: "m1" });
});

test("a refusal carries the server's code and words", async () => {
  const line = live();
  const answer = line.send("chat.post", { room: 7, text: "" });
  current().says({ no: current().newest("do").ref, error: { code: "text.empty", message: "Please write something first." } });
  await assert.rejects(answer, { code: "text.empty", message: "Please write something first." });
});

test("an unanswered command is sent again under the same ref after a reconnect, until it is answered", async () => {
  const line = live();
  const answer = line.send("chat.post", { room: 7, text: "Hi" });
  const { ref } = current().newest("do");
  current().dies();
  back();
  assert.equal(current().newest("do").ref, ref);
  current().says({ ok: ref, result: { id: "m1" } });
  assert.deepEqual(await answer, { id: "m1" });
  current().dies();
  back();
  assert.equal(current().all("do").length, 0);
});

test("commands written while the line is down go out in their order when it is back", () => {
  const line = live();
  current().dies();
  for (const text of ["one", "two", "three"]) line.send("chat.post", { text });
  back();
  assert.deepEqual(current().all("do").map((frame) => frame.with.text), ["one", "two", "three"]);
});

test("a command without an answer becomes unconfirmed, and is sent again on the same socket", () => {
  const line = live();
  const seen = [];
  line.send("chat.post", { text: "Hi" }, { changed: (state) => seen.push(state) });
  for (let i = 0; i < 5; i += 1) {
    clock.pass(4_000);
    current().says({ pong: Date.now(), now: new Date().toISOString() });
  }
  assert.deepEqual(seen.slice(0, 2), ["unconfirmed", "sending"]);
  const refs = current().all("do").map((frame) => frame.ref);
  assert.ok(refs.length >= 2);
  assert.equal(new Set(refs).size, 1);
});

test("a command that came too quickly waits as long as the server says, and is sent again", () => {
  const line = live();
  line.send("chat.post", { text: "Hi" });
  const { ref } = current().newest("do");
  current().says({ no: ref, error: { code: "rate.limited", message: "Too quick.", retry_after_ms: 1_000 } });
  clock.pass(999);
  assert.equal(current().all("do").length, 1);
  clock.pass(300);
  assert.deepEqual(current().all("do").map((frame) => frame.ref), [ref, ref]);
});

test("a kept ref is used again after a reload", () => {
  live().send("chat.post", { text: "Hi" }, { ref: "kept-1" });
  assert.equal(current().newest("do").ref, "kept-1");
});

test("a socket that has silently died is given up, and a new one is opened", () => {
  live();
  clock.pass(15_000);
  const asked = current().all("ping").length;
  assert.ok(asked >= 2);
  clock.pass(8_000);
  assert.deepEqual(states, ["live", "lost"]);
  clock.pass(31_000);
  assert.equal(sockets.length, 2);
});

test("a socket that answers is kept", () => {
  live();
  for (let i = 0; i < 60; i += 1) {
    clock.pass(1_000);
    const asked = current().newest("ping").ping;
    current().says({ pong: asked, now: new Date().toISOString() });
  }
  assert.equal(sockets.length, 1);
});

test("a server that never greets is given up", () => {
  started();
  clock.pass(15_000);
  assert.deepEqual(states, ["lost"]);
});

test("waking looks at once whether the socket lives", () => {
  const line = live();
  const before = current().all("ping").length;
  line.wake();
  assert.equal(current().all("ping").length, before + 1);
  clock.pass(3_000);
  assert.deepEqual(states, ["live", "lost"]);
});

test("waking ends a long wait", () => {
  const line = live();
  for (let i = 0; i < 8; i += 1) {
    current().dies();
    clock.pass(31_000);
  }
  current().dies();
  const before = sockets.length;
  line.wake();
  clock.pass(300);
  assert.equal(sockets.length, before + 1);
});

test("after a bye below 4500 it comes back, not before the server's hint", () => {
  live();
  current().says({ bye: { code: "restart", retry_after_ms: 2_000 } });
  current().dies(1012);
  assert.deepEqual(states, ["live", "lost restart"]);
  clock.pass(1_999);
  assert.equal(sockets.length, 1);
  clock.pass(1_000);
  assert.equal(sockets.length, 2);
});

test("after a close from 4500 it never comes back", () => {
  live();
  current().says({ bye: { code: "signed_out", retry_after_ms: 0 } });
  current().dies(4501);
  clock.pass(120_000);
  assert.equal(sockets.length, 1);
  assert.deepEqual(states, ["live", "ended signed_out"]);
});

test("waits are spread at random and grow up to half a minute", (t) => {
  const waits = [];
  t.mock.method(Math, "random", () => 0.999);
  live();
  for (let i = 0; i < 9; i += 1) {
    const at = Date.now();
    const before = sockets.length;
    current().dies();
    while (sockets.length === before) clock.pass(50);
    waits.push(Date.now() - at);
  }
  assert.ok(waits[0] <= 550, String(waits[0]));
  assert.ok(waits[3] > waits[1]);
  assert.ok(Math.max(...waits) <= 30_050);
});

test("a socket that greets somebody else is not used: nothing is sent in their name", () => {
  const line = started();
  line.send("chat.post", { text: "Hi" });
  sockets[0].greets({ you: { id: 3 } });
  assert.deepEqual(states, ["ended person"]);
  assert.equal(sockets[0].sent.length, 0);
});

test("streams that are refused together are asked for one by one, and only the refused one is given up", () => {
  started({ streams: ["room/7", "person/2"], since: { "room/7": 1, "person/2": 1 } });
  sockets[0].greets();
  sockets[0].says({ no: sockets[0].newest("follow").ref, error: { code: "stream.unknown", message: "No." } });
  const [, first, second] = sockets[0].all("follow");
  assert.deepEqual([first.follow, second.follow], [["room/7"], ["person/2"]]);
  sockets[0].says({ no: first.ref, error: { code: "stream.unknown", message: "No." } });
  sockets[0].says({ ok: second.ref, result: { "person/2": { seq: 1 } } });
  assert.deepEqual(refused, [["room/7", "stream.unknown"]]);
});

test("the server's clock is known to within the way of one ping", () => {
  live();
  const asked = current().newest("ping").ping;
  clock.pass(400);
  current().says({ pong: asked, now: new Date(Date.now() + 60_000 - 200).toISOString() });
  assert.ok(Math.abs(serverNow() - Date.now() - 60_000) <= 200);
});
