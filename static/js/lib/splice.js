/** How one text becomes another: what was put in, what was taken out, and where a caret goes. */

/** @typedef {{at: number, gone: number, letters: string}} Splice  in UTF-16 units, never between the halves of a letter */

const TRICKS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/**
 * Take out what the server refuses: controls, and signs that turn the direction of all that follows.
 * @param {string} text
 */
export function withoutTricks(text) {
  return text.replace(/\r\n?/g, "\n").replace(TRICKS, "");
}

/**
 * Find the one piece in which two texts differ; what stands after the caret was not typed just now.
 * @param {string} before
 * @param {string} after
 * @param {number} [caret]
 * @returns {Splice}
 */
export function spliceBetween(before, after, caret = after.length) {
  const most = Math.min(before.length, after.length);
  let tail = sameTail(before, after, Math.min(most, after.length - caret));
  let head = 0;
  while (head < most - tail && before[head] === after[head]) head += 1;
  tail = sameTail(before, after, most - head);
  if (isInside(before, head) || isInside(after, head)) head -= 1;
  if (isInside(before, before.length - tail) || isInside(after, after.length - tail)) tail -= 1;
  return { at: head, gone: before.length - tail - head, letters: after.slice(head, after.length - tail) };
}

/**
 * @param {string} text
 * @param {Splice} splice
 */
export function spliced(text, { at, gone, letters }) {
  return text.slice(0, at) + letters + text.slice(at + gone);
}

/**
 * Say where a caret stands after somebody else's change.
 * @param {number} caret
 * @param {Splice} splice
 */
export function caretAfter(caret, { at, gone, letters }) {
  if (caret <= at) return caret;
  return caret >= at + gone ? caret + letters.length - gone : at + letters.length;
}

/**
 * Make a change of a text fit that text after another change; where both met, the other's stays.
 * @param {Splice} mine
 * @param {Splice} other
 * @returns {Splice}
 */
export function rebased(mine, other) {
  if (mine.at >= other.at + other.gone) return { ...mine, at: mine.at + other.letters.length - other.gone };
  if (mine.at + mine.gone <= other.at) return mine;
  return { at: other.at + other.letters.length, gone: 0, letters: mine.letters };
}

/**
 * Cut a text into pieces of at most so many units.
 * @param {string} text
 * @param {number} most
 */
export function inPieces(text, most) {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const end = at + most - (isInside(text, at + most) ? 1 : 0);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/** Tell whether a place lies between the halves of a letter.
 * @param {string} text
 * @param {number} at
 */
export function isInside(text, at) {
  return /^[\udc00-\udfff]/.test(text[at] ?? "") && /^[\ud800-\udbff]/.test(text[at - 1] ?? "");
}

/** @param {Uint8Array} bytes */
export function toBase64url(bytes) {
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text */
export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

/**
 * @param {string} before
 * @param {string} after
 * @param {number} most
 */
function sameTail(before, after, most) {
  let tail = 0;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return tail;
}
