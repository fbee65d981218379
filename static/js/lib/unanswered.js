/** Commands that wait for their answers: sent again under the same ref, on whatever socket there is, until one comes. */

/**
 * @typedef {{code: string, message: string, path?: string, retry_after_ms?: number}} WireError
 *
 * @typedef {object} SendOptions
 * @property {string} [ref]  one that was used before, to send the same again
 * @property {(state: "sending" | "unconfirmed") => void} [changed]
 *
 * @typedef {object} Waiting
 * @property {string} frame
 * @property {number} tries
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 * @property {(result: any) => void} done
 * @property {(error: Refusal) => void} failed
 * @property {(state: "sending" | "unconfirmed") => void} changed
 *
 * @typedef {object} Wire
 * @property {() => boolean} isUp
 * @property {(text: string) => void} write
 * @property {() => void} doubt  an answer is late: does the socket still live?
 */

const ANSWER_MS = 8_000;
const LONGEST_PATIENCE_MS = 10_000;

/** A command that was refused, with the server's words for it. */
export class Refusal extends Error {
  /** @param {WireError} error */
  constructor(error) {
    super(error.message);
    this.code = error.code;
    this.path = error.path;
    this.retryAfterMs = error.retry_after_ms;
  }
}

export class Unanswered {
  /** @type {Map<string, Waiting>} */
  #waiting = new Map();

  /** @param {Wire} wire */
  constructor(wire) {
    this.wire = wire;
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} body
   * @param {SendOptions} [options]
   * @returns {Promise<any>}  its result; rejects with a Refusal
   */
  send(name, body, { ref = newRef(), changed = () => {} } = {}) {
    const frame = JSON.stringify({ do: name, ref, with: body });
    return new Promise((done, failed) => {
      this.#waiting.set(ref, { frame, tries: 0, timer: undefined, done, failed, changed });
      this.#say(ref);
    });
  }

  /** Send everything that waits, in its order: a new socket is up. */
  sayAll() {
    for (const ref of this.#waiting.keys()) this.#say(ref);
  }

  /**
   * @param {string} ref
   * @param {any} result
   */
  answered(ref, result) {
    this.#settle(ref)?.done(result);
  }

  /**
   * Give a command up, unless it only came too soon.
   * @param {string} ref
   * @param {WireError} error
   */
  refused(ref, error) {
    const waiting = this.#waiting.get(ref);
    const waitMs = error.retry_after_ms ?? Infinity;
    if (waiting && waitMs <= LONGEST_PATIENCE_MS) {
      clearTimeout(waiting.timer);
      waiting.timer = setTimeout(() => this.#say(ref), waitMs * (1 + Math.random() / 4));
    } else {
      this.#settle(ref)?.failed(new Refusal(error));
    }
  }

  /** @param {string} ref */
  #settle(ref) {
    const waiting = this.#waiting.get(ref);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(ref);
    return waiting;
  }

  /** @param {string} ref */
  #say(ref) {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    if (waiting.tries > 0) waiting.changed("sending");
    if (this.wire.isUp()) {
      this.wire.write(waiting.frame);
      waiting.tries += 1;
    }
    waiting.timer = setTimeout(() => this.#unanswered(ref), ANSWER_MS * Math.max(1, waiting.tries));
  }

  /** @param {string} ref */
  #unanswered(ref) {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    waiting.changed("unconfirmed");
    if (!this.wire.isUp()) return;
    this.wire.doubt();
    waiting.timer = setTimeout(() => this.#say(ref), ANSWER_MS);
  }
}

/** Make a ref that nobody has used; randomUUID alone would need a secure address. */
export function newRef() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
