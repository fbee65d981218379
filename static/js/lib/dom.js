/** Small things done to elements: slots, templates, keyed rows. */

/**
 * @param {string} id
 * @returns {HTMLElement | null}
 */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Find the place that a template leaves for something.
 * @param {ParentNode} root
 * @param {string} name
 * @returns {any}
 */
export function slot(root, name) {
  return root.querySelector(`[data-slot="${name}"]`);
}

/**
 * Write a text where it is not written yet.
 * @param {Element | null} element
 * @param {string | number} text
 */
export function setText(element, text) {
  if (element && element.textContent !== String(text)) element.textContent = String(text);
}

/**
 * @param {Element | null} element
 * @param {boolean} shown
 */
export function setShown(element, shown) {
  if (element instanceof HTMLElement && element.hidden === shown) element.hidden = !shown;
}

/**
 * @param {Element | null} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value  null and undefined take it away
 */
export function setAttribute(element, name, value) {
  if (!element) return;
  if (value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * Make an element from the `<template>` with an id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function cloned(id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id));
  return /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
export function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** @type {WeakMap<Element, string>} */
const lastDrawn = new WeakMap();

/**
 * Tell whether an element is to read otherwise than when this was asked last.
 * @param {Element} element
 * @param {unknown} view  all that is drawn there
 */
export function reads(element, view) {
  const key = JSON.stringify(view);
  if (lastDrawn.get(element) === key) return false;
  lastDrawn.set(element, key);
  return true;
}

/** The rows of a list, kept by key, so that what stays is never made anew. */
export class Rows {
  /** @type {Map<string, HTMLElement>} */
  #byKey = new Map();
  /** @type {string[]} */
  #order = [];

  /**
   * Adopt what the server has drawn: children with data-id; what has none is taken away.
   * @param {HTMLElement} list
   */
  constructor(list) {
    this.list = list;
    for (const row of [...list.children]) {
      const id = /** @type {HTMLElement} */ (row).dataset.id;
      if (id) this.#byKey.set(id, /** @type {HTMLElement} */ (row));
      else row.remove();
    }
  }

  /** @param {string} key */
  get(key) {
    return this.#byKey.get(key);
  }

  /**
   * Let a row stand for another key.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    const row = this.#byKey.get(from);
    if (!row || this.#byKey.has(to)) return;
    this.#byKey.delete(from);
    this.#byKey.set(to, row);
    this.#order = this.#order.map((key) => (key === from ? to : key));
  }

  /**
   * Show exactly these keys in this order.
   * @param {string[]} keys
   * @param {(key: string) => HTMLElement} make
   */
  show(keys, make) {
    const wanted = new Set(keys);
    for (const [key, row] of this.#byKey) {
      if (wanted.has(key)) continue;
      row.remove();
      this.#byKey.delete(key);
    }
    // Most of the time what is there stays as it is, and something new comes last.
    const there = this.#order.filter((key) => wanted.has(key));
    const same = there.every((key, index) => key === keys[index] && this.#byKey.has(key)) ? there.length : 0;
    this.#order = keys;
    let next = same ? (this.#byKey.get(keys[same - 1])?.nextElementSibling ?? null) : this.list.firstElementChild;
    for (const key of keys.slice(same)) {
      const row = this.#byKey.get(key) ?? make(key);
      this.#byKey.set(key, row);
      if (row === next) next = next.nextElementSibling;
      else this.list.insertBefore(row, next);
    }
  }
}

/**
 * Write a text with its web addresses as links.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setLinkedText(element, text) {
  if (!text.includes("://")) return setText(element, text);
  const pieces = text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]،。])/u);
  element.replaceChildren(...pieces.map((piece, index) => (index % 2 ? linkTo(piece) : piece)));
}

/** @param {string} address */
function linkTo(address) {
  const link = document.createElement("a");
  link.href = link.textContent = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.dir = "ltr";
  return link;
}

/**
 * Call at most once every so many milliseconds, the last time included.
 * @param {number} ms
 * @param {() => void} act
 */
export function throttled(ms, act) {
  let nextAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      nextAt = Date.now() + ms;
      act();
    }, Math.max(0, nextAt - Date.now()));
  };
}
