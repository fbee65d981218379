/** How good the connection is, in steps that do not flutter. */

/** @typedef {"good" | "weak" | "bad"} Level */
/** @typedef {{lost: number, received: number, rttMs: number}} Beat  what one second brought */

const LEVELS = /** @type {Level[]} */ (["good", "weak", "bad"]);
const WORSE_AFTER = 3;
const BETTER_AFTER = 8;
const WEAK = { loss: 0.03, rttMs: 400 };
const BAD = { loss: 0.1, rttMs: 900 };

/**
 * Judge one second by itself.
 * @param {Beat} beat
 * @returns {Level}
 */
export function levelOf({ lost, received, rttMs }) {
  const share = lost > 0 ? lost / (lost + received) : 0;
  if (share > BAD.loss || rttMs > BAD.rttMs) return "bad";
  return share > WEAK.loss || rttMs > WEAK.rttMs ? "weak" : "good";
}

/** A level that changes only after several seconds that agree: sooner to the worse than to the better. */
export class Steady {
  /** @type {Level} */
  level = "good";
  #other = 0;

  /**
   * @param {Level} seen
   * @returns {boolean}  whether the level has changed
   */
  see(seen) {
    const way = LEVELS.indexOf(seen) - LEVELS.indexOf(this.level);
    if (!way) this.#other = 0;
    // A second of the other sort begins anew.
    else this.#other = Math.sign(way) === Math.sign(this.#other) ? this.#other + Math.sign(way) : Math.sign(way);
    if (this.#other < WORSE_AFTER && this.#other > -BETTER_AFTER) return false;
    this.level = LEVELS[LEVELS.indexOf(this.level) + Math.sign(this.#other)];
    this.#other = 0;
    return true;
  }
}

/** Whether to save data: as the person says, else when the browser does, or the connection is bad for long. */
export class Saver {
  /** @type {"auto" | "on" | "off"} */
  wish = "auto";
  #tired = false;

  /** @param {() => boolean} [asked]  whether the browser itself saves data */
  constructor(asked = () => false) {
    this.asked = asked;
  }

  get on() {
    return this.wish === "auto" ? this.asked() || this.#tired : this.wish === "on";
  }

  /** @param {Level} level  a steady one */
  see(level) {
    if (level === "bad") this.#tired = true;
    if (level === "good") this.#tired = false;
  }
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Say how long to wait before the next attempt; attempts never end.
 * @param {number} attempt  0 for the first, which waits for nothing
 * @param {number} [chance]  between 0 and 1
 */
export function pauseBefore(attempt, chance = Math.random()) {
  if (attempt === 0) return 0;
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.75 + chance / 2);
}
