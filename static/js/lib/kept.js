/** What must survive a reload: drafts in this browser, unanswered commands in this tab. */

/**
 * @param {"localStorage" | "sessionStorage"} where
 * @param {string} key
 * @returns {any}  null where there is nothing, or no storage
 */
export function readKept(where, key) {
  try {
    return JSON.parse(globalThis[where].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} where
 * @param {string} key
 * @param {unknown} value  undefined, null and "" take it away
 */
export function writeKept(where, key, value) {
  try {
    if (value === undefined || value === null || value === "") globalThis[where].removeItem(key);
    else globalThis[where].setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: what is on the page still works.
  }
}

/**
 * @typedef {object} KeptCommand  a command that waits for its answer
 * @property {string} ref
 * @property {string} name
 * @property {Record<string, any>} body
 * @property {string} at
 */

/** Commands that are sent again, under the same ref, after a reload. */
export class Outbox {
  /** @param {string} key  names the person too, so that nothing is ever sent for somebody else */
  constructor(key) {
    this.key = key;
    /** @type {KeptCommand[]} */
    this.entries = readKept("sessionStorage", key) ?? [];
  }

  /** @param {KeptCommand} entry */
  add(entry) {
    this.#save([...this.entries.filter((each) => each.ref !== entry.ref), entry]);
  }

  /** @param {string} ref */
  remove(ref) {
    this.#save(this.entries.filter((each) => each.ref !== ref));
  }

  /** @param {KeptCommand[]} entries */
  #save(entries) {
    this.entries = entries;
    writeKept("sessionStorage", this.key, entries.length ? entries : null);
  }
}
