/** The form with which people publish an insight to everyone in the session. */
import { setText, slot } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";

/**
 * @param {HTMLFormElement} form
 * @param {import("../lib/page.js").LivePage} page
 * @param {() => number} [table]  the table that publishes it, or 0
 */
export function startPublishing(form, page, table) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = false;
  form.addEventListener("submit", async (domEvent) => {
    domEvent.preventDefault();
    const fields = new FormData(form);
    const read = (/** @type {string} */ name) => String(fields.get(name) ?? "");
    const body = { room: page.room, text: read("text"), action_line: read("action_line"), goal: Number(read("goal")) };
    button.disabled = true;
    setText(slot(form, "error"), "");
    try {
      await page.line.send("insight.add", table?.() ? { ...body, table: table() } : body);
      form.reset();
      toast(t("Published to everyone in this session"));
    } catch (refusal) {
      setText(slot(form, "error"), /** @type {Error} */ (refusal).message);
    }
    button.disabled = false;
  });
}
