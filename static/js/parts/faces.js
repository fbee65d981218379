/** A person's initials on a colour of their own. */
import { setText } from "../lib/dom.js";

const HUES = 12;

/**
 * @param {HTMLElement | null} face
 * @param {string} name
 * @param {number} id
 */
export function fillFace(face, name, id) {
  if (!face) return;
  setText(face, initialsOf(name));
  face.className = `face hue-${id % HUES}`;
}

/**
 * Give the one or two letters that stand for a name; one for scripts that are not spaced.
 * @param {string} name
 */
export function initialsOf(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const [first] = words[0] ?? "•";
  const [last] = words.length > 1 ? words[words.length - 1] : "";
  // A non-joiner between them, since two joined Arabic letters would read as a word.
  return [first, last].filter(Boolean).join("\u200c").toUpperCase();
}
