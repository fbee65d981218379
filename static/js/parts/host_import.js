/** A plan taken over from a file or another café; what is wrong with it is said beside where it was chosen. */
import { byId, setText } from "../lib/dom.js";
import { isolate, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {import("./host_plan.js").HostPlan} plan  shows what was taken over, whatever was not saved before
 */
export function startImport(page, plan) {
  const file = /** @type {HTMLInputElement} */ (byId("import"));
  const from = /** @type {HTMLSelectElement | null} */ (byId("copy-from"));
  file.addEventListener("change", () => void read());
  byId("copy")?.addEventListener("click", () => {
    const source = Number(from?.value);
    if (source) void take("cafe.copy", { source }, "copy-error", t("The plan has been copied."));
  });

  async function read() {
    const text = await file.files?.[0]?.text();
    file.value = "";
    setText(byId("import-error"), "");
    if (text === undefined) return;
    try {
      await take("cafe.plan", { plan: planIn(text) }, "import-error", t("The plan has been read."));
    } catch (error) {
      setText(byId("import-error"), t("This file is no plan: {why}", { why: isolate(/** @type {Error} */ (error).message) }));
    }
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} body
   * @param {string} place  where a refusal is shown
   * @param {string} done
   */
  async function take(name, body, place, done) {
    const changed = plan.changed;
    plan.changed = false;
    setText(byId(place), "");
    try {
      await page.line.send(name, { room: page.room, ...body });
      toast(done);
    } catch (refusal) {
      plan.changed = changed;
      setText(byId(place), wrongWords(/** @type {any} */ (refusal)));
    }
  }
}

/**
 * Find the plan in a file as it was downloaded, or a plan alone.
 * @param {string} text
 */
export function planIn(text) {
  const found = JSON.parse(text);
  const plan = found?.plan ?? found;
  if (typeof plan !== "object" || plan === null || Array.isArray(plan)) throw new TypeError(t("It holds no plan."));
  return plan;
}

/**
 * Say what is wrong and where, as rounds[2].minutes, with its stable code.
 * @param {{message: string, code: string, path?: string}} refusal
 */
export function wrongWords({ message, code, path = "" }) {
  const place = path.replace(/^plan\.?/, "");
  const where = place && !message.includes(place) ? `${isolate(place)}: ` : "";
  return `${where}${message} (${isolate(code)})`;
}
