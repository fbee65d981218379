/** What a session has gathered: insights, the clusters in which they stand, and votes. */
import { byText, lacking, placed, without } from "./lists.js";

/**
 * @typedef {object} Insight
 * @property {string} id
 * @property {string} text
 * @property {number} by
 * @property {string} name
 * @property {string} at
 * @property {number} place
 * @property {number | null} [table]
 * @property {number} [round]  from 1
 * @property {string} [action_line]
 * @property {number} [goal]
 * @property {string} [cluster]  one that is not listed is none
 *
 * @typedef {object} Cluster
 * @property {string} id
 * @property {string} title
 * @property {number} place
 *
 * @typedef {object} Harvest
 * @property {Insight[]} [insights]
 * @property {Cluster[]} [clusters]
 * @property {Record<string, number>} [votes]
 *
 * @typedef {object} HarvestState  what this page uses of a room's state
 * @property {Harvest | null} [harvest]
 * @property {{id: number, name: string}[]} [tables]
 *
 * @typedef {object} OwnVotes  what this page uses of a person's state
 * @property {string[]} [insight_votes]
 */

/** @type {Record<string, (harvest: Harvest, event: any) => Harvest>} */
const HARVEST_EVENTS = {
  "insight.shown": (harvest, { insight }) => ({ ...harvest, insights: placed(harvest.insights, insight, byPlace) }),
  "insight.gone": ({ insights, votes, ...rest }, { id }) => ({
    ...rest,
    insights: without(insights, id),
    votes: lacking(votes, [id]),
  }),
  "insight.placed": (harvest, { places, cluster = "" }) => {
    const moved = (/** @type {Insight} */ each) => (each.id in places ? { ...each, cluster, place: places[each.id] } : each);
    return { ...harvest, insights: (harvest.insights ?? []).map(moved).sort(byPlace) };
  },
  "insight.votes": (harvest, { votes }) => {
    const held = new Set(harvest.insights?.map((each) => each.id));
    const known = Object.entries({ ...harvest.votes, ...votes }).filter(([id, count]) => count && held.has(id));
    return { ...harvest, votes: Object.fromEntries(known) };
  },
  "cluster.shown": (harvest, { cluster }) => ({ ...harvest, clusters: placed(harvest.clusters, cluster, byPlace) }),
  "cluster.gone": (harvest, { id }) => ({ ...harvest, clusters: without(harvest.clusters, id) }),
};

/**
 * @param {HarvestState} state
 * @param {any} event
 * @returns {HarvestState}
 */
export function reduceHarvest(state, event) {
  if (event.type === "table.listed") {
    const others = (state.tables ?? []).filter((each) => each.id !== event.table.id);
    return { ...state, tables: [...others, event.table] };
  }
  const reduce = HARVEST_EVENTS[event.type];
  if (!reduce) return state;
  const { harvest: former, ...rest } = state;
  const harvest = reduce(former ?? {}, event);
  // Neither insights nor clusters is no harvest, as the server says it.
  return harvest.insights?.length || harvest.clusters?.length ? { ...rest, harvest } : rest;
}

/**
 * @param {OwnVotes} state
 * @param {any} event
 * @returns {OwnVotes}
 */
export function reduceOwnVotes(state, event) {
  if (event.type !== "insight.voted") return state;
  const others = (state.insight_votes ?? []).filter((id) => id !== event.insight);
  return { ...state, insight_votes: event.on ? [...others, event.insight].sort(byText) : others };
}

/**
 * Put insights under their clusters, in order; last, as `none`, those that are in none.
 * @param {Harvest} harvest
 * @returns {{id: string, title: string, insights: Insight[]}[]}
 */
export function groupsOf({ insights = [], clusters = [] }) {
  const standing = new Set(clusters.map((each) => each.id));
  const home = (/** @type {Insight} */ { cluster = "" }) => (standing.has(cluster) ? cluster : "none");
  const headings = [...clusters, { id: "none", title: "" }];
  return headings.map(({ id, title }) => ({ id, title, insights: insights.filter((each) => home(each) === id) }));
}

/**
 * @template {{place: number, id: string}} Thing
 * @param {Thing} one
 * @param {Thing} other
 */
function byPlace(one, other) {
  return one.place - other.place || byText(one.id, other.id);
}
