/** A list that is never put in another order under somebody's hand. */

const HAND_MS = 2_500;

/**
 * Count what would come, go or change its place: what is new, and what lies outside the longest run that can stay.
 * @param {string[]} shown
 * @param {string[]} wanted
 */
export function changesBetween(shown, wanted) {
  const places = new Map(shown.map((key, index) => [key, index]));
  const common = wanted.filter((key) => places.has(key));
  return wanted.length - common.length + common.length - longestRise(common.map((key) => places.get(key) ?? 0));
}

/**
 * Give the order in which a list may be shown now: the wanted one, or the present one without what is gone.
 * @param {string[]} shown
 * @param {string[]} wanted
 * @param {boolean} held  somebody is at the list
 */
export function orderFor(shown, wanted, held) {
  if (!held) return wanted;
  const there = new Set(wanted);
  return shown.filter((key) => there.has(key));
}

/**
 * Find out whether somebody is reading or touching a list just now.
 * @param {HTMLElement} list
 * @param {HTMLElement} box  what scrolls around it
 */
export function handOn(list, box) {
  let touchedAt = 0;
  for (const name of ["pointermove", "pointerdown", "touchmove", "wheel"]) {
    list.addEventListener(name, () => (touchedAt = Date.now()), { passive: true });
  }
  return () => {
    const hovered = matchMedia("(hover: hover)").matches && list.matches(":hover");
    return hovered || list.contains(document.activeElement) || box.scrollTop > list.offsetTop || Date.now() - touchedAt < HAND_MS;
  };
}

/**
 * Measure the longest rising run (patience sorting).
 * @param {number[]} numbers
 */
function longestRise(numbers) {
  /** @type {number[]} */
  const ends = [];
  for (const number of numbers) {
    const at = ends.findIndex((end) => end >= number);
    ends[at < 0 ? ends.length : at] = number;
  }
  return ends.length;
}
