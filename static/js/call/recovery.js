/** The heartbeat of a call: once a second, and what is done when it stops. Attempts pause longer and longer, never end. */
import { levelOf, pauseBefore } from "./steady.js";

const BEAT_MS = 1_000;
/** Two looks at nothing new: about two seconds. */
const DEAD_BEATS = 2;
const GONE = new Set(["call.gone", "call.stale"]);

export class Recovery {
  #busy = false;
  #quiet = 0;
  #received = 0;
  #lost = 0;
  #round = 0;
  /** @type {(() => void) | null} */
  #hurry = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {import("./call.js").Call} call */
  constructor(call) {
    this.call = call;
  }

  get busy() {
    return this.#busy;
  }

  /**
   * Connect for the first time, and stay connected until stop().
   * @param {import("./peer.js").Plan} plan
   */
  async start(plan) {
    this.stop();
    const round = this.#round;
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    const up = await this.call.engine?.open(plan).catch(() => false);
    if (round !== this.#round) return;
    if (up) this.call.connected();
    else this.recover();
  }

  stop() {
    this.#round += 1;
    this.#busy = false;
    this.#quiet = this.#received = this.#lost = 0;
    clearInterval(this.#timer);
    this.#hurry?.();
  }

  /** Do not wait any longer for the next attempt. */
  hurry() {
    this.#hurry?.();
  }

  /** The socket is back: what it carried may have been missed, and the media may be gone with the server. */
  lineIsBack() {
    if (this.#busy) this.hurry();
    else if (this.#quiet > 0) this.recover();
  }

  /** Make a new connection of the next generation; the old one runs until the new one stands. */
  async recover() {
    if (this.#busy) return;
    const round = this.#round;
    this.#busy = true;
    this.call.draw();
    for (let attempt = 0; round === this.#round; attempt += 1) {
      await this.#pause(attempt);
      if (round !== this.#round) return;
      if (await this.#again(round)) break;
    }
    if (round !== this.#round) return;
    this.#busy = false;
    this.#quiet = 0;
    this.call.connected();
  }

  /** @param {number} round */
  async #again(round) {
    try {
      const plan = await this.call.again();
      return round === this.#round && Boolean(await this.call.engine?.open(plan));
    } catch (refusal) {
      if (round === this.#round && GONE.has(/** @type {any} */ (refusal).code)) this.call.rejoin();
      return false;
    }
  }

  /** @param {number} attempt */
  async #pause(attempt) {
    const ms = pauseBefore(attempt);
    if (!ms) return;
    this.call.waits(Date.now() + ms);
    await new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        done(undefined);
      };
    });
    this.#hurry = null;
    this.call.waits(0);
  }

  async #beat() {
    const round = this.#round;
    const beat = await this.call.engine?.beat().catch(() => null);
    if (!beat || round !== this.#round) return;
    this.#quiet = beat.alive ? 0 : this.#quiet + 1;
    const seen = { received: beat.received - this.#received, lost: beat.lost - this.#lost, rttMs: beat.rttMs };
    [this.#received, this.#lost] = [beat.received, beat.lost];
    this.call.beaten(levelOf(seen), beat.speaking);
    if (this.#quiet >= DEAD_BEATS) this.recover();
  }
}
