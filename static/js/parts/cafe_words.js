/** A café's phases in words, and its questions in the reader's language. */
import { t } from "../lib/i18n.js";

const names = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "language", fallback: "code" });

/** @type {Record<string, string>} */
export const PHASES = {
  draft: t("Not begun"),
  ready: t("Ready?"),
  seating: t("Seating"),
  opening: t("Begins soon"),
  open: t("Talking"),
  closing: t("Closing"),
  closed: t("Break"),
  plenary: t("Plenary"),
  over: t("Over"),
};

/** @param {string} code */
export function languageName(code) {
  return code ? (names.of(code) ?? code) : "";
}

/**
 * Choose a text in the reader's language, else in English, else in any.
 * @param {Record<string, string> | undefined} texts
 */
export function questionIn(texts) {
  return texts?.[document.documentElement.lang] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? "";
}
