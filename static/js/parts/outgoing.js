/** What one has sent and what has become of it: kept over reloads, sent again under the same ref until answered. */
import { serverNow } from "../lib/clock.js";
import { Outbox } from "../lib/kept.js";
import { newRef } from "../lib/unanswered.js";

/**
 * @typedef {"sending" | "unconfirmed" | "refused" | "sent"} Fate
 *
 * @typedef {import("../lib/kept.js").KeptCommand & {fate: Fate, id?: string, error?: string}} Sending
 */

const SENT_KEPT_MS = 10_000;

/** The commands of one name that make something, each shown until the real thing is there. */
export class Outgoing {
  /** @type {Sending[]} */
  entries = [];
  /** Counts what has changed, for those who draw only then. */
  changes = 0;

  /**
   * @param {import("../lib/page.js").LivePage} page
   * @param {string} name  the command
   * @param {(entry: Sending, result: any) => void} [done]
   */
  constructor(page, name, done = () => {}) {
    this.page = page;
    this.name = name;
    this.done = done;
    this.outbox = new Outbox(page.keptKey(`outbox/${name}`));
    for (const kept of this.outbox.entries) this.#send({ ...kept, fate: "sending" });
  }

  /** @param {Record<string, any>} body */
  send(body) {
    const entry = { ref: newRef(), name: this.name, body, at: new Date(serverNow()).toISOString() };
    this.outbox.add(entry);
    this.#send({ ...entry, fate: "sending" });
  }

  /** @param {string} ref */
  retry(ref) {
    const entry = this.entries.find((each) => each.ref === ref);
    if (!entry || entry.fate !== "refused") return;
    this.entries = this.entries.filter((each) => each !== entry);
    const { name, body, at } = entry;
    this.#send({ ref, name, body, at, fate: "sending" });
  }

  /** @param {string} ref */
  discard(ref) {
    this.outbox.remove(ref);
    this.entries = this.entries.filter((each) => each.ref !== ref);
    this.changes += 1;
    this.page.model.redraw();
  }

  /**
   * Find the one that an incoming thing is, before its answer has come, and let it stand for that one.
   * @param {string} id
   * @param {(body: Record<string, any>) => boolean} fits
   */
  claim(id, fits) {
    if (this.entries.some((each) => each.id === id)) return;
    const entry = this.entries.find((each) => !each.id && each.fate !== "refused" && fits(each.body));
    if (entry) entry.id = id;
  }

  /** @param {Sending} entry */
  #send(entry) {
    this.entries = [...this.entries, entry];
    this.changes += 1;
    /** @param {Partial<Sending>} change */
    const changed = (change) => {
      Object.assign(entry, change);
      this.changes += 1;
      this.page.model.redraw();
    };
    const sent = this.page.line.send(entry.name, entry.body, { ref: entry.ref, changed: (fate) => changed({ fate }) });
    sent.then(
      (result) => {
        this.outbox.remove(entry.ref);
        changed({ fate: "sent", id: result.id });
        this.done(entry, result);
        setTimeout(() => this.discard(entry.ref), SENT_KEPT_MS);
      },
      (refusal) => changed({ fate: "refused", error: refusal.message }),
    );
    this.page.model.redraw();
  }
}

/**
 * Compare texts as they are once the server has tidied them.
 * @param {string} one
 * @param {string} other
 */
export function sameText(one, other) {
  return tidied(one) === tidied(other);
}

/** @param {string} text */
function tidied(text) {
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}

/**
 * Count what the server counts: code points, not UTF-16 units.
 * @param {string} text
 */
export function lengthOf(text) {
  return [...text.trim()].length;
}
