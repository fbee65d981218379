/** The call's rules, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeSocket } from "./fakes.js";

globalThis.document = { documentElement: { lang: "en", dataset: {} }, getElementById: () => null, hidden: false, addEventListener() {} };

const { reduceRoom } = await import("../../static/js/state/room.js");
const { heardLast, wantedPictures } = await import("../../static/js/call/pictures.js");
const { levelOf, pauseBefore, Saver, Steady } = await import("../../static/js/call/steady.js");
const { troubleOf } = await import("../../static/js/call/devices.js");
const { loudness } = await import("../../static/js/call/sound.js");
const { isForCall } = await import("../../static/js/call/keys.js");
const { Line } = await import("../../static/js/lib/socket.js");

const ROOM = { room: 7, features: ["call"], premoderated: true, count: 3 };
const seat = (name, more = {}) => ({ seat: name, person: 1, name, ...more });

test("the roster is absolute, and a call without seats is none", () => {
  const roster = { type: "call.roster", room: 7, engine: "mixer", seats: [seat("a"), seat("b")] };
  const state = reduceRoom(ROOM, roster);
  assert.deepEqual(state.call, { room: 7, engine: "mixer", seats: [seat("a"), seat("b")] });
  assert.equal(reduceRoom(state, { type: "call.roster", room: 7, engine: "mixer" }).call, undefined);
});

test("pictures are wanted of screens first, then of who spoke last, never of oneself", () => {
  const seats = [seat("me", { camera: true }), seat("a", { camera: true }), seat("b", { camera: true }), seat("c"), seat("d", { camera: true, screen: true })];
  const wish = { mine: "me", heard: ["b"], most: 4, cameras: true, screens: true };
  assert.deepEqual(wantedPictures(seats, wish), ["d", "b", "a"]);
  assert.deepEqual(wantedPictures(seats, { ...wish, most: 1 }), ["d"]);
  assert.deepEqual(wantedPictures(seats, { ...wish, cameras: false }), ["d"]);
  assert.deepEqual(wantedPictures(seats, { ...wish, cameras: false, screens: false }), []);
});

test("who speaks comes before who has spoken", () => {
  assert.deepEqual(heardLast(["a", "b"], ["b"]), ["b", "a"]);
  assert.deepEqual(heardLast(["a"], []), ["a"]);
});

test("a second is judged by what was lost and how long the way took", () => {
  assert.equal(levelOf({ received: 50, lost: 0, rttMs: 80 }), "good");
  assert.equal(levelOf({ received: 47, lost: 3, rttMs: 80 }), "weak");
  assert.equal(levelOf({ received: 40, lost: 10, rttMs: 80 }), "bad");
  assert.equal(levelOf({ received: 50, lost: 0, rttMs: 1000 }), "bad");
  assert.equal(levelOf({ received: 0, lost: 0, rttMs: 0 }), "good");
});

test("a level becomes worse after three seconds and better after eight, and does not flutter", () => {
  const steady = new Steady();
  const see = (level, times) => Array.from({ length: times }, () => steady.see(level)).filter(Boolean).length;
  for (let turn = 0; turn < 10; turn += 1) see(turn % 2 ? "bad" : "good", 2);
  assert.equal(steady.level, "good");
  assert.equal(see("bad", 3), 1);
  assert.equal(steady.level, "weak");
  see("bad", 3);
  assert.equal(steady.level, "bad");
  see("good", 7);
  assert.equal(steady.level, "bad");
  see("good", 1);
  assert.equal(steady.level, "weak");
});

test("data is saved when the connection is bad until it is good, unless the person says otherwise", () => {
  const saver = new Saver();
  saver.see("bad");
  assert.equal(saver.on, true);
  saver.see("weak");
  assert.equal(saver.on, true);
  saver.see("good");
  assert.equal(saver.on, false);
  saver.wish = "on";
  assert.equal(saver.on, true);
  saver.wish = "off";
  saver.see("bad");
  assert.equal(saver.on, false);
  assert.equal(new Saver(() => true).on, true);
});

test("pauses grow from nothing to fifteen seconds", () => {
  const pauses = [0, 1, 2, 3, 9, 50].map((attempt) => pauseBefore(attempt, 0.5));
  assert.deepEqual(pauses, [0, 500, 1000, 2000, 15_000, 15_000]);
});

test("what the browser throws becomes words for each source", () => {
  const named = (name) => Object.assign(new Error(), { name });
  assert.equal(troubleOf(named("NotAllowedError"), "mic"), "denied");
  assert.equal(troubleOf(named("NotFoundError"), "camera"), "none");
  assert.equal(troubleOf(named("NotReadableError"), "mic"), "busy");
  assert.equal(troubleOf(new TypeError("no mediaDevices"), "mic"), "unable");
  assert.equal(troubleOf(named("NotAllowedError"), "screen"), "cancelled");
});

test("loudness is drawn as an ear hears it", () => {
  assert.equal(loudness(new Float32Array(8)), 0);
  assert.equal(loudness(new Float32Array(8).fill(1)), 1);
  assert.ok(Math.abs(loudness(new Float32Array(8).fill(0.001))) < 0.001);
});

test("keys are the call's only where nothing else is meant by them", () => {
  const key = (more) => isForCall({ key: "m", target: { closest: () => null }, ...more }, "input");
  assert.equal(key({}), true);
  for (const more of [{ ctrlKey: true }, { isComposing: true }, { keyCode: 229 }, { target: { closest: () => ({}) } }]) assert.equal(key(more), false);
});

test("a stream is followed later, left again, and being refused does not end the line", async () => {
  const socket = new FakeSocket();
  const told = [];
  const refused = [];
  const line = new Line({ connect: () => socket, streams: ["room/7"], told: (stream) => told.push(stream), reset() {}, changed() {}, refused: (stream) => refused.push(stream) });
  line.start();
  socket.greets();
  socket.follows({ "room/7": 1 });
  const followed = line.follow("seat/a");
  assert.deepEqual(socket.newest("follow").follow, ["seat/a"]);
  socket.says({ reset: "seat/a", seq: 0, state: {} });
  socket.follows({ "seat/a": 0 });
  await followed;
  socket.says({ on: "seat/a", event: { type: "call.signal" } });
  assert.deepEqual(told, ["seat/a"]);
  line.leave("seat/a");
  assert.deepEqual(socket.newest("unfollow"), { unfollow: ["seat/a"] });
  socket.says({ on: "seat/a", event: { type: "call.signal" } });
  assert.deepEqual(told, ["seat/a"]);
  const second = line.follow("seat/b");
  socket.says({ no: socket.newest("follow").ref, error: { code: "call.gone", message: "Gone" } });
  await assert.rejects(second, { code: "call.gone" });
  assert.deepEqual([refused, line.streams, line.state], [[], ["room/7"], "live"]);
  line.stop();
});
