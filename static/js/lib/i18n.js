/**
 * The words, numbers and times of the reader's language.
 *
 * The page carries its strings in `<script type="application/json" id="strings">`; its language stands in `lang` and
 * the reader's time zone, where it is not the browser's own, in `data-zone` of the root element.
 */

/** @typedef {Record<string, unknown>} Values  what the placeholders of a text stand for */
/** @typedef {{texts: Record<string, string | string[]>, plural: Record<string, number>}} Strings */
/** @typedef {Date | string | number} Moment  a time as the wire or the clock gives it */

const pageRoot = document.documentElement;
const pageLanguage = pageRoot.lang || "en";
/** @type {Record<string, string>} */
const formatLocales = { ar: "ar-u-nu-latn", en: "en-GB" };
const formatLocale = formatLocales[pageLanguage] ?? pageLanguage;
/** @type {Strings} */
const pageStrings = JSON.parse(document.getElementById("strings")?.textContent || '{"texts":{},"plural":{}}');
const pageTexts = new Map(Object.entries(pageStrings.texts));
const pluralRules = new Intl.PluralRules(pageLanguage);
/** @type {Map<string, any>} */
const madeFormats = new Map();
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const relativeUnits = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/**
 * Translate a text and fill its {placeholders}; numbers are written as the language writes them.
 * @param {string} text
 * @param {Values} [values]
 */
export function t(text, values = {}) {
  return filled(formFor(text, 1) ?? text, values);
}

/**
 * Translate a counted text in the form for the whole number n, which is also the value of {n}.
 * @param {string} one
 * @param {string} many
 * @param {number} n
 * @param {Values} [values]
 */
export function tn(one, many, n, values = {}) {
  return filled(formFor(one, n) ?? (n === 1 ? one : many), { n, ...values });
}

/** @param {number} n */
export function formatNumber(n) {
  return madeOnce("number", () => new Intl.NumberFormat(formatLocale)).format(n);
}

/**
 * Write the date with its year.
 * @param {Moment} at
 * @param {string} [zone]
 */
export function formatDate(at, zone) {
  return formatMoment(at, { dateStyle: "long" }, zone);
}

/**
 * Write the day of the week and of the month.
 * @param {Moment} at
 * @param {string} [zone]
 */
export function formatDay(at, zone) {
  return formatMoment(at, { weekday: "long", day: "numeric", month: "long" }, zone);
}

/**
 * Write the time of day.
 * @param {Moment} at
 * @param {string} [zone]
 */
export function formatTime(at, zone) {
  return formatMoment(at, { timeStyle: "short" }, zone);
}

/**
 * Write how long ago or ahead something is, in full units.
 * @param {Moment} at
 * @param {Moment} now
 */
export function formatRelative(at, now) {
  const seconds = Math.round((new Date(at).getTime() - new Date(now).getTime()) / 1000);
  const [unit, size] = relativeUnits.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  const format = madeOnce("relative", () => new Intl.RelativeTimeFormat(formatLocale));
  return format.format(Math.trunc(seconds / size), unit);
}

/** @param {Iterable<string>} words */
export function formatList(words) {
  return madeOnce("list", () => new Intl.ListFormat(formatLocale)).format(words);
}

/**
 * Keep a name's direction to itself inside a sentence (Unicode's first strong isolate).
 * @param {string} name
 */
export function isolate(name) {
  return `\u2068${name}\u2069`;
}

/**
 * @param {Moment} at
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [zone]
 */
function formatMoment(at, options, zone = pageRoot.dataset.zone) {
  const key = JSON.stringify([options, zone]);
  const make = () => new Intl.DateTimeFormat(formatLocale, { ...options, timeZone: zone });
  return madeOnce(key, make).format(new Date(at));
}

/**
 * Make a formatter the first time it is needed: they are dear to make and cheap to use.
 * @template Format
 * @param {string} key
 * @param {() => Format} make
 * @returns {Format}
 */
function madeOnce(key, make) {
  if (!madeFormats.has(key)) madeFormats.set(key, make());
  return madeFormats.get(key);
}

/**
 * @param {string} text
 * @param {number} n
 */
function formFor(text, n) {
  const form = pageTexts.get(text);
  return Array.isArray(form) ? form[pageStrings.plural[pluralRules.select(n)] ?? form.length - 1] : form;
}

/**
 * @param {string} text
 * @param {Values} values
 */
function filled(text, values) {
  return text.replace(/\{([a-z_][a-z0-9_]*)\}/g, (whole, name) => shown(name in values ? values[name] : whole));
}

/** @param {unknown} value */
function shown(value) {
  return Number.isInteger(value) ? formatNumber(Number(value)) : String(value);
}
