/** The reducers of a café: its clock, tables and seats, a table's own things, what hosts and guests see. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { reduceCafeRoom, reduceGuest } from "../../static/js/state/cafe.js";
import { reduceHosts } from "../../static/js/state/hosts.js";
import { reduceTable } from "../../static/js/state/table.js";

globalThis.document = /** @type {any} */ ({ documentElement: { lang: "en", dataset: {} }, getElementById: () => null });
const { proofWords } = await import("../../static/js/parts/cafe_proof.js");
const { planIn, wrongWords } = await import("../../static/js/parts/host_import.js");
const { minutes, secondsLeft } = await import("../../static/js/parts/cafe_clock.js");

const PLAN = { preset: "wsis", mode: "assigned", rounds: [{ question: { en: "Why?" } }] };
const ROOM = { room: 7, features: ["chat"], premoderated: false, count: 3 };

test("the first plan makes a room a café that has not begun", () => {
  const state = reduceCafeRoom(ROOM, { type: "cafe.planned", ...PLAN });
  assert.deepEqual(state.features, ["chat", "cafe"]);
  assert.equal(state.cafe.phase, "draft");
  assert.deepEqual(state.cafe.rounds, PLAN.rounds);
});

test("a phase takes the place of the one before, with nothing of its clock left", () => {
  const begun = reduceCafeRoom({ ...ROOM, cafe: { phase: "draft", ...PLAN, answers: { in: 2 } } }, {
    type: "cafe.phase", phase: "open", round: 1, ends_at: "2023-04-12T12:00:00Z", recalled: true,
  });
  assert.equal(begun.cafe.round, 1);
  const paused = reduceCafeRoom(begun, { type: "cafe.phase", phase: "open", round: 1, left_ms: 5000 });
  assert.deepEqual(paused.cafe, { ...PLAN, answers: { in: 2 }, phase: "open", round: 1, left_ms: 5000 });
});

test("tables stand in their order, and one that is not listed any more takes its votes along", () => {
  let state = reduceCafeRoom(ROOM, { type: "table.listed", table: { id: 32, place: 2, name: "Green" } });
  state = reduceCafeRoom(state, { type: "table.listed", table: { id: 31, place: 1, name: "Blue" } });
  state = reduceCafeRoom(state, { type: "table.votes", votes: { 31: 1, 32: 2 } });
  state = reduceCafeRoom(state, { type: "table.listed", table: { id: 32, place: 2, name: "Sea green" } });
  assert.deepEqual(state.tables.map((each) => each.name), ["Blue", "Sea green"]);
  state = reduceCafeRoom(state, { type: "table.unlisted", table: 32 });
  assert.deepEqual([state.tables.length, state.table_votes], [1, { 31: 1 }]);
});

test("nobody sits at two tables, and an empty table is not among the seats", () => {
  let state = reduceCafeRoom(ROOM, { type: "seat.dealt", round: 0, seats: { 31: [4, 9], 32: [5] } });
  state = reduceCafeRoom(state, { type: "seat.taken", person: 5, table: 31 });
  assert.deepEqual(state.seats, { 31: [4, 5, 9] });
  state = reduceCafeRoom(state, { type: "seat.taken", person: 9, table: 0 });
  assert.deepEqual(state.seats, { 31: [4, 5] });
  assert.deepEqual(reduceCafeRoom(state, { type: "seat.dealt", round: 1, seats: {} }).seats, {});
});

test("what is no café's own changes the room as it always did", () => {
  assert.equal(reduceCafeRoom(ROOM, { type: "presence.count", count: 4 }).count, 4);
  assert.equal(reduceTable(ROOM, { type: "presence.count", count: 5 }).count, 5);
});

test("a table keeps its people, its card, its call for help and its visitors", () => {
  let state = reduceTable({ ...ROOM, table: { cafe: 7 } }, { type: "table.people", people: [{ id: 4, name: "Bao" }], leader: 4 });
  state = reduceTable(state, { type: "table.card", card: "Schools first" });
  state = reduceTable(state, { type: "table.called", help: { by: 4 } });
  state = reduceTable(state, { type: "table.visitors", names: ["Amina"] });
  assert.deepEqual(state.table, { cafe: 7, people: [{ id: 4, name: "Bao" }], leader: 4, card: "Schools first", help: { by: 4 }, visitors: ["Amina"] });
  assert.equal(reduceTable(state, { type: "table.called" }).table.help, undefined);
});

test("one's own answers and votes hold on all devices", () => {
  let state = reduceGuest({ name: "Bao" }, { type: "cafe.answered", room: 7, answer: "in" });
  state = reduceGuest(state, { type: "table.voted", table: 32, on: true });
  state = reduceGuest(state, { type: "table.voted", table: 31, on: true });
  assert.deepEqual([state.answers, state.table_votes], [{ 7: "in" }, [31, 32]]);
  state = reduceGuest(reduceGuest(state, { type: "cafe.answered", room: 7 }), { type: "table.voted", table: 32, on: false });
  assert.deepEqual([state.answers, state.table_votes], [{}, [31]]);
  assert.equal(reduceGuest(state, { type: "person.changed", name: "Li" }).name, "Li");
});

test("hosts know whom they have been told of, once each, and forget answers when the café begins anew", () => {
  let state = reduceHosts({ plan: PLAN }, { type: "seat.known", people: [{ id: 5, name: "Carlos" }, { id: 4, name: "Bao" }] });
  state = reduceHosts(state, { type: "cafe.guest", person: { id: 4, name: "Bao Li" }, answer: "in" });
  assert.deepEqual(state.people, [{ id: 4, name: "Bao Li" }, { id: 5, name: "Carlos" }]);
  assert.deepEqual(state.answers, { 4: "in" });
  state = reduceHosts(state, { type: "cafe.asked" });
  assert.deepEqual(state.answers, {});
  state = reduceHosts(state, { type: "cafe.proposed", seats: { 31: [4, 5] }, proof: { people: 2 } });
  state = reduceHosts(state, { type: "cafe.proposed" });
  assert.deepEqual([state.seats, state.proof], [{}, null]);
  state = reduceHosts(state, { type: "call.hands", hands: { 31: 2 } });
  assert.deepEqual(reduceHosts(state, { type: "notes.grown", lengths: { 31: 50 } }).lengths, { 31: 50 });
});

test("the clock counts to the end of the phase, or stands still, and one table may have more", () => {
  const soon = new Date(Date.now() + 61_500).toISOString();
  assert.equal(secondsLeft({ phase: "open", ends_at: soon }), 62);
  assert.equal(secondsLeft({ phase: "open", ends_at: soon }, { extra_ms: 60_000 }), 122);
  assert.equal(secondsLeft({ phase: "closed", ends_at: soon }, { extra_ms: 60_000 }), 62);
  assert.equal(secondsLeft({ phase: "open", left_ms: 5000 }), 5);
  assert.equal(secondsLeft({ phase: "plenary" }), null);
  assert.equal(minutes(605), "10:05");
});

test("what the rounds did stays through the phases, until it is taken back", () => {
  let state = reduceCafeRoom({ ...ROOM, cafe: { phase: "opening", ...PLAN } }, { type: "cafe.proved", proof: { people: 5, repeats: 0 } });
  state = reduceCafeRoom(state, { type: "cafe.phase", phase: "open" });
  assert.deepEqual(state.cafe.proof, { people: 5, repeats: 0 });
  assert.equal("proof" in reduceCafeRoom(state, { type: "cafe.proved" }).cafe, false);
});

test("moving one person leaves the lists of all other tables the very same", () => {
  const before = { ...ROOM, seats: { 31: [4, 9], 32: [5], 33: [6] } };
  const after = reduceCafeRoom(before, { type: "seat.taken", person: 9, table: 32 });
  assert.deepEqual(after.seats, { 31: [4], 32: [5, 9], 33: [6] });
  assert.equal(after.seats[33], before.seats[33]);
});

test("a proof is said with what there is of it", () => {
  const proof = { people: 20, repeats: 1, met_min: 8, met_max: 9, groups_per_table: 4.2, groups: 5, smallest: 4, largest: 5, rounds: 3, mixed: 0.854 };
  const words = proofWords(proof);
  for (const part of ["Rounds: 3", "New people each meets: 8–9", "Pairs that meet again: 1", "Groups at a table: 4.2 of 5", "Tables with more than one gender: 85 %"]) {
    assert.ok(words.includes(part), part);
  }
  assert.ok(!words.some((each) => /alone|common language/.test(each)));
  assert.ok(!proofWords({ people: 2 }).some((each) => /gender|Groups/.test(each)));
  assert.ok(proofWords({ people: 2, mixed: 0, alone: 1 }).includes("Tables with more than one gender: 0 %"));
});

test("a plan is found in a file as it was downloaded and by itself, and nothing else is one", () => {
  assert.deepEqual(planIn('{"plan": {"rounds": []}}'), { rounds: [] });
  assert.deepEqual(planIn('{"rounds": []}'), { rounds: [] });
  for (const text of ["null", "[]", "7", '"x"', '{"plan": 7}', "{"]) assert.throws(() => planIn(text), text);
});

test("what is wrong with a plan is said with its place and its code, each once", () => {
  const refusal = { code: "cafe.length", message: "Choose between 1 and 180 min.", path: "plan.rounds[2].minutes" };
  assert.equal(wrongWords(refusal).replace(/[\u2068\u2069]/g, ""), "rounds[2].minutes: Choose between 1 and 180 min. (cafe.length)");
  const field = { code: "frame.field", message: "Expected `int` - at `$.plan.rounds[2].minutes`", path: "plan.rounds[2].minutes" };
  assert.equal(wrongWords(field).match(/rounds\[2\]/g).length, 1);
  assert.equal(wrongWords({ code: "cafe.running", message: "The café has begun." }).replace(/[\u2068\u2069]/g, ""), "The café has begun. (cafe.running)");
});
