/** The call's words, as its template has written them in the reader's language. */

/** @type {Record<string, string>} */
let callWords = {};

/** @param {HTMLElement} root  the call's element, with `<script data-words>` in it */
export function learnWords(root) {
  callWords = JSON.parse(root.querySelector("[data-words]")?.textContent || "{}");
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]  of its {placeholders}
 */
export function word(key, values = {}) {
  return (callWords[key] ?? "").replace(/\{([a-z]+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Keep a name's direction to itself inside a sentence.
 * @param {string} name
 */
export function apart(name) {
  return `\u2068${name}\u2069`;
}
