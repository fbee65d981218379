/** A café as its hosts see it beside what everyone sees: the plan, who people are, seats proposed, calls for help. */

/** @type {Record<string, (state: any, event: any) => any>} */
const HOSTS_EVENTS = {
  "cafe.saved": (state, { plan }) => ({ ...state, plan }),
  "cafe.proposed": (state, { seats = {}, proof = null }) => ({ ...state, seats, proof }),
  "cafe.guest": (state, { person, answer }) => ({
    ...state,
    people: withPeople(state.people, [person]),
    answers: { ...state.answers, [person.id]: answer },
  }),
  "cafe.asked": (state) => ({ ...state, answers: {} }),
  "seat.known": (state, { people }) => ({ ...state, people: withPeople(state.people, people) }),
  "seat.away": (state, { people }) => ({ ...state, away: people }),
  "table.help_wanted": (state, { helps }) => ({ ...state, helps }),
  "notes.grown": (state, { lengths }) => ({ ...state, lengths: { ...state.lengths, ...lengths } }),
  "call.hands": (state, { hands }) => ({ ...state, hands: { ...state.hands, ...hands } }),
};

/**
 * @param {any} state
 * @param {{type: string}} event
 * @returns {any}
 */
export function reduceHosts(state, event) {
  return HOSTS_EVENTS[event.type]?.(state, event) ?? state;
}

/**
 * @param {{id: number}[]} [held]
 * @param {{id: number}[]} [more]
 */
function withPeople(held = [], more = []) {
  const fresh = new Set(more.map((each) => each.id));
  return [...held.filter((each) => !fresh.has(each.id)), ...more].sort((one, other) => one.id - other.id);
}
