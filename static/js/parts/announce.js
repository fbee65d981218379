/** The form with which hosts and moderators announce something to the room. */
import { setText, slot } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";

/**
 * @param {HTMLFormElement} form
 * @param {import("../lib/page.js").LivePage} page
 */
export function startAnnouncing(form, page) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = false;
  form.addEventListener("submit", async (domEvent) => {
    domEvent.preventDefault();
    const fields = new FormData(form);
    const texts = { [String(fields.get("language"))]: String(fields.get("text")) };
    button.disabled = true;
    setText(slot(form, "error"), "");
    try {
      await page.line.send("announcement.make", { room: page.room, texts, minutes: Number(fields.get("minutes")) });
      form.reset();
      toast(t("Announced to the room"));
    } catch (refusal) {
      setText(slot(form, "error"), /** @type {Error} */ (refusal).message);
    }
    button.disabled = false;
  });
}
