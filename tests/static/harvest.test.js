/** What the browser makes of events about a session's harvest. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { groupsOf, reduceHarvest, reduceOwnVotes } from "../../static/js/state/harvest.js";

const insight = (id, place, more = {}) => ({ id, place, text: `Insight ${id}`, by: 1, name: "Bao", at: "2023-04-12T12:00:00Z", ...more });
const shown = (id, place, more) => ({ type: "insight.shown", insight: insight(id, place, more) });
const cluster = (id, place, title = id) => ({ type: "cluster.shown", cluster: { id, place, title } });
const after = (state, ...events) => events.reduce((held, event) => reduceHarvest(Object.freeze(held), event), state);
const groups = (state) => groupsOf(state.harvest ?? {}).map(({ id, insights }) => [id, insights.map((each) => each.id)]);

test("insights stand by place, each once", () => {
  const state = after({}, shown("b", 20), shown("a", 10), shown("b", 20, { text: "Anew" }));
  assert.deepEqual(state.harvest.insights.map(({ id, text }) => [id, text]), [["a", "Insight a"], ["b", "Anew"]]);
});

test("insights stand under their clusters, and in none when theirs is not there", () => {
  const state = after({}, shown("a", 10), shown("b", 20, { cluster: "x" }), shown("c", 30, { cluster: "y" }), cluster("x", 1));
  assert.deepEqual(groups(state), [["x", ["b"]], ["none", ["a", "c"]]]);
  assert.deepEqual(groups(after(state, { type: "cluster.gone", id: "x" })), [["none", ["a", "b", "c"]]]);
});

test("a move changes the places that it names and no other", () => {
  const placed = { type: "insight.placed", cluster: "x", places: { c: 5 } };
  const state = after({}, cluster("x", 1), shown("a", 10), shown("b", 20, { cluster: "x" }), shown("c", 30), placed, placed);
  assert.deepEqual(groups(state), [["x", ["c", "b"]], ["none", ["a"]]]);
  assert.deepEqual(groups(after(state, { type: "insight.placed", places: { c: 40 } })), [["x", ["b"]], ["none", ["a", "c"]]]);
});

test("votes are absolute, and none at all is none", () => {
  const state = after({}, shown("a", 10), { type: "insight.votes", votes: { a: 2, gone: 3 } });
  assert.deepEqual(state.harvest.votes, { a: 2 });
  assert.deepEqual(after(state, { type: "insight.votes", votes: { a: 0 } }).harvest.votes, {});
});

test("a harvest of nothing is none", () => {
  const state = after({ tables: [] }, shown("a", 10), { type: "insight.gone", id: "a" });
  assert.deepEqual(state, { tables: [] });
});

test("one's own votes are set, and stand in order", () => {
  const voted = (insight, on) => ({ type: "insight.voted", insight, on });
  const state = [voted("b", true), voted("a", true), voted("a", true)].reduce(reduceOwnVotes, {});
  assert.deepEqual(state.insight_votes, ["a", "b"]);
  assert.deepEqual(reduceOwnVotes(state, voted("a", false)).insight_votes, ["b"]);
});

test("what is about something else changes nothing", () => {
  const state = { harvest: { insights: [insight("a", 1)] } };
  assert.equal(reduceHarvest(state, { type: "chat.posted" }), state);
  assert.equal(reduceOwnVotes(state, { type: "chat.read_to" }), state);
});
