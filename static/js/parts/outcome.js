/** The insights of a session under their clusters: read, filtered, voted for. */
import { byId, cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, t, tn } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { groupsOf } from "../state/harvest.js";

/** @typedef {import("../state/harvest.js").Insight} Insight */

const FILTER_NAMES = ["cluster", "line", "goal", "table", "round"];

export class Outcome {
  /** @type {WeakMap<Element, Rows>} */
  #lists = new WeakMap();
  /** @type {Map<string, boolean>} */
  #meant = new Map();

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
    this.runs = page.may("cafe.run");
    this.root = /** @type {HTMLElement} */ (byId("groups"));
    this.filters = /** @type {HTMLFormElement} */ (byId("filters"));
    this.names = new Map(
      ["line", "goal"].map((name) => {
        const options = [...this.#select(name).options];
        return [name, new Map(options.map(({ value, text }) => [value, text]))];
      }),
    );
    this.sections = new Rows(this.root);
    this.root.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    this.filters.addEventListener("change", () => this.#filtered());
    byId("filters-off")?.addEventListener("click", (domEvent) => this.#showAll(domEvent));
    page.model.watch(() => this.draw());
    this.draw();
  }

  /** @returns {import("../state/harvest.js").HarvestState} */
  get state() {
    return /** @type {any} */ (this.page.roomState);
  }

  get harvest() {
    return this.state.harvest ?? {};
  }

  get groups() {
    return groupsOf(this.harvest);
  }

  /** @param {string} id */
  find(id) {
    return this.harvest.insights?.find((each) => each.id === id);
  }

  /** @param {string} id */
  groupOf(id) {
    return this.groups.find(({ insights }) => insights.some((each) => each.id === id));
  }

  draw() {
    this.#drawClusterFilter();
    const wish = this.wish;
    const groups = this.groups.filter(({ id }) => !wish.cluster || wish.cluster === id);
    this.sections.show(groups.map((each) => each.id), (id) => this.#newSection(id));
    let sum = 0;
    for (const { id, title, insights } of groups) {
      const shown = insights.filter((each) => fitsWish(each, wish));
      sum += shown.length;
      this.#drawGroup(/** @type {HTMLElement} */ (this.sections.get(id)), id, title, shown);
    }
    const all = this.harvest.insights?.length ?? 0;
    const counted = tn("{n} insight", "{n} insights", sum);
    setText(byId("sum"), sum === all ? counted : t("{shown} of {all} insights", { shown: sum, all }));
    setShown(byId("outcome-empty"), !all && !this.harvest.clusters?.length);
    setShown(byId("filters-off"), FILTER_NAMES.some((name) => wish[name]));
  }

  /** @returns {Record<string, string>} */
  get wish() {
    const fields = new FormData(this.filters);
    return Object.fromEntries(FILTER_NAMES.map((name) => [name, String(fields.get(name) ?? "")]));
  }

  /** @param {string} name */
  #select(name) {
    return /** @type {HTMLSelectElement} */ (this.filters.elements.namedItem(name));
  }

  /** @param {string} id */
  #newSection(id) {
    const section = cloned("group-part");
    section.dataset.id = id;
    section.classList.toggle("group--loose", id === "none");
    return section;
  }

  /**
   * @param {HTMLElement} section
   * @param {string} id
   * @param {string} title
   * @param {Insight[]} insights
   */
  #drawGroup(section, id, title, insights) {
    const list = /** @type {HTMLElement} */ (section.querySelector("ol"));
    const rows = this.#lists.get(section) ?? new Rows(list);
    this.#lists.set(section, rows);
    setText(slot(section, "title"), title || t("Not in a cluster"));
    setText(slot(section, "count"), formatNumber(insights.length));
    setText(slot(section, "which"), ` ${title}`);
    const button = /** @type {HTMLButtonElement | null} */ (section.querySelector("[data-act=cluster]"));
    if (button) button.disabled = button.hidden = false;
    setShown(button, id !== "none");
    setShown(slot(section, "empty"), !insights.length);
    setShown(section, id !== "none" || insights.length > 0);
    rows.show(insights.map((each) => each.id), () => cloned("insight-row"));
    for (const each of insights) this.#fill(/** @type {HTMLElement} */ (rows.get(each.id)), each);
  }

  /**
   * @param {HTMLElement} row
   * @param {Insight} insight
   */
  #fill(row, { id, text, by, name, table, round = 0, action_line: line = "", goal = 0 }) {
    const own = by === this.page.me;
    row.dataset.id = id;
    setText(slot(row, "text"), text);
    setText(slot(row, "name"), name);
    setText(slot(row, "line"), line);
    setAttribute(slot(row, "line"), "title", line ? this.#nameOf("line", line) : null);
    setText(slot(row, "goal"), goal ? t("SDG {n}", { n: goal }) : "");
    setAttribute(slot(row, "goal"), "title", goal ? this.#nameOf("goal", String(goal)) : null);
    setText(slot(row, "round"), round ? t("Round {n}", { n: round }) : "");
    setText(slot(row, "table"), this.state.tables?.find((each) => each.id === table)?.name ?? "");
    setShown(slot(row, "yours"), own);
    this.#fillVote(/** @type {HTMLButtonElement} */ (row.querySelector("[data-act=vote]")), id, own);
    const change = /** @type {HTMLButtonElement} */ (row.querySelector("[data-act=change]"));
    change.disabled = false;
    setShown(change, own || this.runs);
    setText(slot(change, "which"), ` ${text.slice(0, 60)}`);
  }

  /**
   * The options say `C4 Capacity building`; a tag shows the code already.
   * @param {string} kind
   * @param {string} code
   */
  #nameOf(kind, code) {
    return (this.names.get(kind)?.get(code) ?? code).slice(code.length).trim();
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} id
   * @param {boolean} own
   */
  #fillVote(button, id, own) {
    const score = this.#scoreOf(id);
    setText(slot(button, "score"), formatNumber(score));
    setText(slot(button, "vote-words"), tn("Vote for it: {n} vote", "Vote for it: {n} votes", score));
    setAttribute(button, "aria-pressed", this.#isOn(id));
    button.disabled = own || !this.page.may("question.vote");
  }

  /** @param {string} id */
  #said(id) {
    const { insight_votes: votes = [] } = /** @type {import("../state/harvest.js").OwnVotes} */ (/** @type {any} */ (this.page.mine));
    return votes.includes(id);
  }

  /** @param {string} id */
  #isOn(id) {
    return this.#meant.get(id) ?? this.#said(id);
  }

  /** @param {string} id */
  #scoreOf(id) {
    const known = this.harvest.votes?.[id] ?? 0;
    return Math.max(0, known + Number(this.#isOn(id)) - Number(this.#said(id)));
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const button = /** @type {Element} */ (domEvent.target).closest("[data-act=vote]");
    const id = /** @type {HTMLElement | null} */ (button?.closest(".insight") ?? null)?.dataset.id;
    if (id) this.#vote(id);
  }

  /** @param {string} id */
  async #vote(id) {
    const on = !this.#isOn(id);
    this.#meant.set(id, on);
    this.page.model.redraw();
    try {
      const { votes = 0 } = await this.page.line.send("insight.vote", { insight: id, on });
      // The answer may be here before the events that say the same.
      this.page.model.told(`room/${this.page.room}`, { type: "insight.votes", votes: { [id]: votes } });
      this.page.model.told(`person/${this.page.me}`, { type: "insight.voted", insight: id, on });
    } catch (refusal) {
      toast(/** @type {Error} */ (refusal).message, null, true);
    }
    if (this.#meant.get(id) === on) this.#meant.delete(id);
    this.page.model.redraw();
  }

  #filtered() {
    const asked = Object.entries(this.wish).filter(([, value]) => value);
    const query = new URLSearchParams(asked).toString();
    history.replaceState(null, "", location.pathname + (query && `?${query}`));
    this.draw();
  }

  /** @param {MouseEvent} domEvent */
  #showAll(domEvent) {
    domEvent.preventDefault();
    for (const select of this.filters.querySelectorAll("select")) select.value = "";
    this.#filtered();
    this.#select("cluster").focus();
  }

  #drawClusterFilter() {
    fillClusters(this.#select("cluster"), this.harvest.clusters ?? [], 2);
  }
}

/**
 * Offer the clusters there are in a select, after its first options and before its last ones.
 * @param {HTMLSelectElement} select
 * @param {{id: string, title: string}[]} clusters
 * @param {number} fixed  how many options are always there
 */
export function fillClusters(select, clusters, fixed) {
  const wanted = clusters.map(({ id, title }) => `${id} ${title}`).join("\n");
  if (select.dataset.shown === wanted) return;
  select.dataset.shown = wanted;
  const [first, last] = [select.options[0], select.options[select.options.length - 1]];
  const { value } = select;
  const offered = clusters.map(({ id, title }) => new Option(title, id));
  select.replaceChildren(first, ...offered, ...(fixed > 1 ? [last] : []));
  select.value = value;
  if (select.selectedIndex < 0) select.value = "";
}

/**
 * @param {Insight} insight
 * @param {Record<string, string>} wish
 */
function fitsWish({ action_line: line = "", goal = 0, table, round = 0 }, wish) {
  /** @type {Record<string, string>} */
  const found = { line, goal: String(goal), table: String(table ?? ""), round: String(round) };
  return Object.keys(found).every((name) => !wish[name] || wish[name] === found[name]);
}
