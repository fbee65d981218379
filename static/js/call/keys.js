/** Single keys of the call: m, c, h, l, and Space held to talk; each can be switched off (WCAG 2.2, 2.1.4). */
import { keepWishes, readWishes } from "./wishes.js";

const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const PRESSED_BY_SPACE = `${TYPED_IN}, button, summary, a, input, video`;

/**
 * @param {KeyboardEvent} domEvent
 * @param {string} busy  what the key means something else in
 */
export function isForCall({ ctrlKey, metaKey, altKey, isComposing, keyCode, target }, busy) {
  if (ctrlKey || metaKey || altKey || isComposing || keyCode === 229) return false;
  return !(/** @type {Element | null} */ (target)?.closest?.(busy));
}

/**
 * @param {HTMLElement} root
 * @param {import("./call.js").Call} call
 * @param {Record<string, () => void>} acts  by key
 */
export function startCallKeys(root, call, acts) {
  const keys = /** @type {HTMLInputElement} */ (root.querySelector("[name=keys]"));
  const talk = /** @type {HTMLInputElement} */ (root.querySelector("[name=talk]"));
  keys.checked = !readWishes().noKeys;
  talk.checked = readWishes().pushToTalk ?? false;
  keys.addEventListener("change", () => keepWishes({ noKeys: !keys.checked }));
  talk.addEventListener("change", () => {
    keepWishes({ pushToTalk: talk.checked });
    if (talk.checked) call.own.setMic(false);
  });
  let held = false;
  const letGo = () => {
    if (held) call.own.setMic(false);
    held = false;
  };
  document.addEventListener("keydown", (domEvent) => {
    if (call.stage !== "inside" || document.querySelector("dialog[open]")) return;
    if (domEvent.code === "Space" && talk.checked && isForCall(domEvent, PRESSED_BY_SPACE)) {
      domEvent.preventDefault();
      if (!held) call.own.setMic(true);
      held = true;
    } else if (keys.checked && !domEvent.repeat && acts[domEvent.key] && isForCall(domEvent, TYPED_IN)) {
      domEvent.preventDefault();
      acts[domEvent.key]();
    }
  });
  document.addEventListener("keyup", ({ code }) => code === "Space" && letGo());
  addEventListener("blur", letGo);
}
