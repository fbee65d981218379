/** How hosts put insights in order, and authors change theirs: by dragging, or in a dialog with the keyboard. */
import { byId, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { fillClusters } from "./outcome.js";

export class Arranging {
  #insight = "";
  #cluster = "";
  #held = "";

  /** @param {import("./outcome.js").Outcome} outcome */
  constructor(outcome) {
    this.outcome = outcome;
    this.page = outcome.page;
    this.change = /** @type {HTMLDialogElement} */ (byId("change"));
    this.heading = /** @type {HTMLDialogElement | null} */ (byId("heading"));
    outcome.root.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    this.#startDialog(this.change, {
      save: () => this.#saveInsight(),
      up: () => this.#step(-1),
      down: () => this.#step(1),
      remove: () => this.#remove("insight", this.#insight, t("Insight removed")),
    });
    if (!this.heading) return;
    this.#startDialog(this.heading, {
      save: () => this.#saveCluster(),
      up: () => this.#stepCluster(-1),
      down: () => this.#stepCluster(1),
      remove: () => this.#remove("cluster", this.#cluster, t("Cluster removed; its insights are in none now")),
    });
    const add = /** @type {HTMLButtonElement} */ (byId("cluster-add"));
    add.disabled = false;
    add.addEventListener("click", () => this.#openCluster(""));
    for (const type of ["dragstart", "dragover", "drop", "dragend"]) {
      outcome.root.addEventListener(type, (domEvent) => this.#dragged(/** @type {DragEvent} */ (domEvent)));
    }
    this.page.model.watch(() => this.#drawPlaces());
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Record<string, () => Promise<unknown>>} acts
   */
  #startDialog(dialog, acts) {
    /** @param {string} act */
    const run = async (act) => {
      setText(slot(dialog, "error"), "");
      try {
        await acts[act]();
        if (act === "save" || act === "remove") dialog.close();
      } catch (refusal) {
        setText(slot(dialog, "error"), /** @type {Error} */ (refusal).message);
      }
    };
    dialog.querySelector("form")?.addEventListener("submit", (domEvent) => {
      domEvent.preventDefault();
      run("save");
    });
    dialog.addEventListener("click", (domEvent) => {
      const act = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-act]"))?.dataset.act;
      if (act === "close") dialog.close();
      else if (act) run(act);
    });
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-act]"));
    const id = /** @type {HTMLElement | null} */ (button?.closest("[data-id]") ?? null)?.dataset.id ?? "";
    if (button?.dataset.act === "change") this.#openInsight(id);
    if (button?.dataset.act === "cluster") this.#openCluster(id);
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {string} name
   */
  #field(dialog, name) {
    const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    return /** @type {HTMLSelectElement | null} */ (form.elements.namedItem(name));
  }

  /** @param {string} id */
  #openInsight(id) {
    const insight = this.outcome.find(id);
    if (!insight) return;
    this.#insight = id;
    const clusters = this.#field(this.change, "cluster");
    if (clusters) fillClusters(clusters, this.outcome.harvest.clusters ?? [], 1);
    const { text, action_line: line = "", goal = 0, round = 0 } = insight;
    const group = this.outcome.groupOf(id)?.id ?? "";
    const values = { text, action_line: line, goal: goal || "", round: round || "", cluster: group === "none" ? "" : group };
    for (const [name, value] of Object.entries(values)) {
      const field = this.#field(this.change, name);
      if (field) field.value = String(value);
    }
    setText(slot(this.change, "error"), "");
    this.#drawPlaces();
    this.change.showModal();
  }

  async #saveInsight() {
    const [id, insight] = [this.#insight, this.outcome.find(this.#insight)];
    if (!insight) return;
    const read = (/** @type {string} */ name) => this.#field(this.change, name)?.value ?? "";
    const tags = { action_line: read("action_line"), goal: Number(read("goal")), round: Number(read("round")) };
    const { action_line: line = "", goal = 0, round = 0 } = insight;
    const send = (/** @type {string} */ name, /** @type {object} */ body) => this.page.line.send(name, { insight: id, ...body });
    if (read("text") !== insight.text) await send("insight.edit", { text: read("text") });
    if (tags.action_line !== line || tags.goal !== goal || tags.round !== round) await send("insight.tag", tags);
    const group = this.outcome.groupOf(id)?.id;
    if (this.outcome.runs && (read("cluster") || "none") !== group) await send("insight.place", { cluster: read("cluster") || null });
  }

  /** @param {number} by */
  async #step(by) {
    const group = this.outcome.groupOf(this.#insight);
    const before = neighbour(group?.insights ?? [], this.#insight, by);
    if (!group || before === undefined) return;
    const cluster = group.id === "none" ? null : group.id;
    await this.page.line.send("insight.place", { insight: this.#insight, cluster, before });
  }

  /** @param {string} id  empty for a new one */
  #openCluster(id) {
    const dialog = /** @type {HTMLDialogElement} */ (this.heading);
    this.#cluster = id;
    const field = /** @type {HTMLSelectElement} */ (this.#field(dialog, "title"));
    field.value = this.outcome.harvest.clusters?.find((each) => each.id === id)?.title ?? "";
    const title = byId("heading-title");
    setText(title, (id ? title?.dataset.old : title?.dataset.new) ?? "");
    setShown(slot(dialog, "old"), Boolean(id));
    setShown(dialog.querySelector("[data-act=remove]"), Boolean(id));
    setText(slot(dialog, "error"), "");
    this.#drawPlaces();
    dialog.showModal();
  }

  #saveCluster() {
    const title = this.#field(/** @type {HTMLDialogElement} */ (this.heading), "title")?.value ?? "";
    if (this.#cluster) return this.page.line.send("cluster.rename", { cluster: this.#cluster, title });
    return this.page.line.send("cluster.add", { room: this.page.room, title });
  }

  /** @param {number} by */
  async #stepCluster(by) {
    const before = neighbour(this.outcome.harvest.clusters ?? [], this.#cluster, by);
    if (before !== undefined) await this.page.line.send("cluster.place", { cluster: this.#cluster, before });
  }

  /**
   * @param {"insight" | "cluster"} what
   * @param {string} id
   * @param {string} words
   */
  async #remove(what, id, words) {
    await this.page.line.send(`${what}.remove`, { [what]: id });
    const restore = () => this.page.line.send(`${what}.restore`, { [what]: id });
    const back = () => restore().catch((/** @type {Error} */ refusal) => toast(refusal.message, null, true));
    toast(words, { label: t("Undo"), act: back });
  }

  #drawPlaces() {
    this.#drawPlace(this.change, this.outcome.groupOf(this.#insight)?.insights ?? [], this.#insight);
    if (this.heading) this.#drawPlace(this.heading, this.outcome.harvest.clusters ?? [], this.#cluster);
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{id: string}[]} list
   * @param {string} id
   */
  #drawPlace(dialog, list, id) {
    const at = list.findIndex((each) => each.id === id);
    setText(slot(dialog, "place"), at < 0 ? "" : t("{n} of {all}", { n: at + 1, all: list.length }));
    // A button that is disabled would lose the focus of whoever presses it again and again.
    setAttribute(dialog.querySelector("[data-act=up]"), "aria-disabled", at <= 0 ? true : null);
    setAttribute(dialog.querySelector("[data-act=down]"), "aria-disabled", at === list.length - 1 ? true : null);
  }

  /** @param {DragEvent} domEvent */
  #dragged(domEvent) {
    const target = /** @type {Element} */ (domEvent.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".insight"));
    const section = /** @type {HTMLElement | null} */ (target.closest(".group"));
    if (domEvent.type === "dragstart") return this.#take(domEvent, row);
    if (!this.#held) return;
    if (domEvent.type === "dragend") return this.#letGo();
    if (!section) return;
    domEvent.preventDefault();
    if (domEvent.type === "dragover") return this.#mark(section, row);
    const id = this.#held;
    this.#letGo();
    if (row?.dataset.id !== id) this.#drop(id, section.dataset.id ?? "", row?.dataset.id ?? null);
  }

  /**
   * @param {DragEvent} domEvent
   * @param {HTMLElement | null} row
   */
  #take(domEvent, row) {
    if (!row?.dataset.id || !domEvent.dataTransfer) return;
    this.#held = row.dataset.id;
    row.classList.add("insight--held");
    domEvent.dataTransfer.effectAllowed = "move";
    domEvent.dataTransfer.setData("text/plain", this.#held);
    domEvent.dataTransfer.setDragImage(row, 0, 0);
  }

  /**
   * @param {HTMLElement | null} section
   * @param {HTMLElement | null} row
   */
  #mark(section, row) {
    for (const marked of this.outcome.root.querySelectorAll(".insight--over, .group--over")) {
      marked.classList.remove("insight--over", "group--over");
    }
    if (row) row.classList.add("insight--over");
    else section?.classList.add("group--over");
  }

  #letGo() {
    this.#held = "";
    this.#mark(null, null);
    for (const row of this.outcome.root.querySelectorAll(".insight--held")) row.classList.remove("insight--held");
  }

  /**
   * @param {string} id
   * @param {string} group
   * @param {string | null} before
   */
  async #drop(id, group, before) {
    const from = this.outcome.groupOf(id);
    const was = from && { cluster: from.id === "none" ? null : from.id, before: from.insights[from.insights.findIndex((each) => each.id === id) + 1]?.id ?? null };
    try {
      await this.page.line.send("insight.place", { insight: id, cluster: group === "none" ? null : group, before });
      const back = () => this.page.line.send("insight.place", { insight: id, ...was });
      toast(t("Insight moved"), { label: t("Undo"), act: () => back().catch((/** @type {Error} */ refusal) => toast(refusal.message, null, true)) });
    } catch (refusal) {
      toast(/** @type {Error} */ (refusal).message, null, true);
    }
  }
}

/**
 * Name the thing before which another comes to stand when it moves a step; null is the end, undefined is no step.
 * @param {{id: string}[]} list
 * @param {string} id
 * @param {number} by
 */
function neighbour(list, id, by) {
  const at = list.findIndex((each) => each.id === id);
  if (at < 0 || at + by < 0 || at + by >= list.length) return undefined;
  return list[by < 0 ? at - 1 : at + 2]?.id ?? null;
}
