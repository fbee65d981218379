/** Single keys that act on the page: each can be switched off (WCAG 2.2, 2.1.4), and `?` shows them all. */
import { byId, setShown } from "../lib/dom.js";

const WRITES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {Record<string, () => void>} acts  by key
 */
export function startKeys(page, acts) {
  const dialog = /** @type {HTMLDialogElement | null} */ (byId("keys"));
  /** @type {Set<string>} */
  const off = new Set(page.kept("keys-off") ?? []);
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#keys input[data-key]"))) {
    box.checked = !off.has(box.dataset.key ?? "");
    box.addEventListener("change", () => {
      if (box.checked) off.delete(box.dataset.key ?? "");
      else off.add(box.dataset.key ?? "");
      page.keep("keys-off", [...off]);
    });
  }
  const toggle = () => (dialog?.open ? dialog.close() : dialog?.showModal());
  byId("keys-open")?.addEventListener("click", toggle);
  byId("keys-close")?.addEventListener("click", toggle);
  setShown(byId("keys-open"), true);
  document.addEventListener("keydown", (domEvent) => {
    const { key, ctrlKey, metaKey, altKey, target, isComposing } = domEvent;
    if (ctrlKey || metaKey || altKey || isComposing || /** @type {Element} */ (target).closest(WRITES)) return;
    const act = key === "?" ? toggle : dialog?.open ? undefined : acts[key];
    if (!act || off.has(key)) return;
    domEvent.preventDefault();
    act();
  });
}
