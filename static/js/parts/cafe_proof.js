/** What seats do for those who sit there, in words: whom they meet, and how mixed the tables are. */
import { formatNumber, t } from "../lib/i18n.js";

/**
 * @typedef {object} Proof
 * @property {number} people
 * @property {number} [repeats]
 * @property {number} [met_min]
 * @property {number} [met_max]
 * @property {number} [groups_per_table]
 * @property {number} [groups]
 * @property {number} [smallest]
 * @property {number} [largest]
 * @property {number} [alone]
 * @property {number} [language_misfits]
 * @property {number} [rounds]
 * @property {number | null} [mixed]  a share of the tables
 */

/**
 * @param {Proof} proof
 * @returns {string[]}
 */
export function proofWords(proof) {
  return [
    t("People: {n}", { n: proof.people }),
    t("Rounds: {n}", { n: proof.rounds ?? 1 }),
    t("New people each meets: {met}", { met: span(proof.met_min, proof.met_max) }),
    t("Pairs that meet again: {n}", { n: proof.repeats ?? 0 }),
    proof.groups ? t("Groups at a table: {some} of {all}", { some: proof.groups_per_table ?? 0, all: proof.groups }) : "",
    typeof proof.mixed === "number" ? t("Tables with more than one gender: {share} %", { share: Math.round(proof.mixed * 100) }) : "",
    t("Table sizes: {sizes}", { sizes: span(proof.smallest, proof.largest) }),
    proof.alone ? t("People who sit alone: {n}", { n: proof.alone }) : "",
    proof.language_misfits ? t("People without a common language at their table: {n}", { n: proof.language_misfits }) : "",
  ].filter(Boolean);
}

/**
 * @param {number} [least]
 * @param {number} [most]
 */
function span(least = 0, most = 0) {
  return least === most ? formatNumber(most) : `${formatNumber(least)}–${formatNumber(most)}`;
}
