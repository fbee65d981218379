/** Who is in the call, who spoke last, and whose pictures are therefore wanted. */

/** @typedef {import("../state/call.js").CallSeat} CallSeat */

/**
 * @param {import("../state/call.js").HasCall | undefined} state  of a room
 * @returns {CallSeat[]}
 */
export function seatsOf(state) {
  return state?.call?.seats ?? [];
}

/**
 * Say whose pictures are wanted, in the order of the slots: screens, then who spoke last, then who joined first.
 * @param {CallSeat[]} seats
 * @param {{mine: string, heard: string[], most: number, cameras: boolean, screens: boolean}} wish  `heard`: newest first
 * @returns {string[]}
 */
export function wantedPictures(seats, { mine, heard, most, cameras, screens }) {
  const others = seats.filter((each) => each.seat !== mine);
  const shared = others.filter((each) => screens && each.screen);
  const filmed = others.filter((each) => cameras && each.camera && !each.screen);
  const rank = (/** @type {CallSeat} */ { seat }) => (heard.includes(seat) ? heard.indexOf(seat) : heard.length);
  filmed.sort((one, other) => rank(one) - rank(other));
  return [...shared, ...filmed].slice(0, most).map((each) => each.seat);
}

/**
 * Keep who spoke last in front.
 * @param {string[]} heard
 * @param {string[]} speaking  loudest first
 * @returns {string[]}
 */
export function heardLast(heard, speaking) {
  return [...speaking, ...heard.filter((seat) => !speaking.includes(seat))].slice(0, 50);
}
