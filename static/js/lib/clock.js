/** The server's time, by which everything that ends or begins is counted. */

const KEPT_SAMPLES = 8;
/** @type {{offset: number, doubt: number}[]} */
const clockSamples = [];

/**
 * Learn the server's time; a sample is the better the less time its way took.
 * @param {string} now  the server's time on the wire
 * @param {number} [askedAt]  when it was asked for, by this machine's clock
 */
export function heardClock(now, askedAt) {
  const here = Date.now();
  const doubt = askedAt === undefined ? 10_000 : here - askedAt;
  const there = Date.parse(now);
  if (Number.isNaN(there)) return;
  clockSamples.push({ offset: there + (askedAt === undefined ? 0 : doubt / 2) - here, doubt });
  if (clockSamples.length > KEPT_SAMPLES) clockSamples.shift();
}

/** Forget what was learnt: the machine has slept, or its clock was set. */
export function forgetClock() {
  clockSamples.length = 0;
}

/** Give the server's time in milliseconds since 1970. */
export function serverNow() {
  const best = clockSamples.reduce((one, other) => (other.doubt <= one.doubt ? other : one), { offset: 0, doubt: Infinity });
  return Date.now() + best.offset;
}
