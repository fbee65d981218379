/** The lobby of a café: what happens next, the ready check, the tables to choose or to wish for, and late-comers. */
import { byId, cloned, reads, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatNumber, isolate, t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { proofWords } from "./cafe_proof.js";
import { languageName, questionIn } from "./cafe_words.js";

const CHOOSING = ["ready", "seating", "opening", "open", "closing", "closed"];
const MET = ["closed", "plenary", "over"];
const ROUND_ON = ["opening", "open", "closing", "closed"];
/** @type {Record<string, string>} */
const ANSWERS = { in: t("{n} are in", { n: "{n}" }), listening: t("{n} listen only", { n: "{n}" }), leaving: t("{n} leave", { n: "{n}" }) };

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {(table: number) => void} visit  a host goes to a table
 */
export function showLobby(page, visit) {
  const rows = new Rows(/** @type {HTMLElement} */ (byId("tables")));
  const ready = /** @type {HTMLElement} */ (byId("ready"));
  const send = (/** @type {string} */ name, /** @type {Record<string, any>} */ body) =>
    page.line.send(name, body).catch((/** @type {Error} */ refusal) => void toast(refusal.message, null, true));
  let counted = "";
  ready.addEventListener("click", (domEvent) => {
    const answer = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-answer]"))?.dataset.answer;
    if (answer) void send("cafe.answer", { room: page.room, answer });
  });
  byId("find")?.addEventListener("click", () => void send("seat.find", { room: page.room, listening: answerOf(page) === "listening" }));
  byId("tables")?.addEventListener("click", (domEvent) => clicked(/** @type {Element} */ (domEvent.target)));
  startProposing(page);
  page.model.watch(draw);
  draw();

  /** @param {Element} target */
  function clicked(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-act]"));
    const table = Number(/** @type {HTMLElement | null} */ (target.closest("[data-id]"))?.dataset.id);
    if (button?.dataset.act === "take") void send("seat.take", { table });
    if (button?.dataset.act === "vote") void send("table.vote", { table, on: button.getAttribute("aria-pressed") !== "true" });
    if (button?.dataset.act === "visit") visit(table);
  }

  function draw() {
    const { cafe } = page.roomState;
    const answer = answerOf(page);
    const seated = seatOf(page);
    setText(byId("lobby-says"), saying(page, answer));
    const phase = cafe?.phase ?? "";
    setShown(ready, (["ready", "seating", "closed"].includes(phase) || (ROUND_ON.includes(phase) && answer === "leaving")) && !seated);
    for (const button of ready.querySelectorAll("[data-answer]")) {
      setAttribute(button, "aria-pressed", /** @type {HTMLElement} */ (button).dataset.answer === answer);
    }
    const counts = Object.entries(cafe?.answers ?? {}).map(([name, n]) => ANSWERS[name].replace("{n}", formatNumber(n)));
    setText(byId("ready-counts"), counts.join(" · "));
    setShown(byId("late"), cafe?.mode === "assigned" && ROUND_ON.includes(phase) && !seated);
    setShown(byId("proposing"), cafe?.mode === "proposed" && ["draft", "ready"].includes(phase));
    drawRounds(cafe);
    drawTables(cafe);
    const proof = MET.includes(phase) ? cafe?.proof : null;
    setShown(byId("proof"), Boolean(proof));
    setText(byId("proof"), proof ? [t("This café so far"), ...proofWords(proof)].join(" · ") : "");
    void drawMet(cafe);
  }

  /** @param {any} cafe */
  function drawTables(cafe) {
    const tables = (page.roomState.tables ?? []).filter((each) => each.open !== false);
    const byKey = new Map(tables.map((each) => [String(each.id), each]));
    rows.show([...byKey.keys()], (key) => {
      const card = cloned("table-card");
      card.dataset.id = key;
      return card;
    });
    const seat = seatOf(page);
    const votes = new Set(/** @type {any} */ (page.mine)?.table_votes);
    for (const [key, table] of byKey) fillCard(page, /** @type {HTMLElement} */ (rows.get(key)), table, { cafe, seat, votes });
    setShown(byId("tables-none"), !tables.length);
  }

  /** @param {any} cafe */
  async function drawMet(cafe) {
    const key = cafe && MET.includes(cafe.phase) ? `${cafe.phase}/${cafe.round ?? 0}` : "";
    if (key === counted) return;
    counted = key;
    setShown(byId("met"), false);
    if (!key) return;
    const answer = await fetch(`/api/v1/rooms/${page.room}/cafe/met`).catch(() => null);
    const met = answer?.ok ? await answer.json() : { people: 0 };
    setShown(byId("met"), met.people > 0);
    setText(byId("met"), t("New people you met in this café: {n}", { n: met.people }));
  }
}

/** @param {any} cafe */
function drawRounds(cafe) {
  const list = byId("rounds");
  const rounds = cafe?.rounds ?? [];
  setShown(byId("questions"), Boolean(rounds.length));
  const texts = rounds.map((/** @type {any} */ each) => questionIn(each.question));
  if (!list || list.dataset.drawn === JSON.stringify([texts, cafe?.round])) return;
  list.dataset.drawn = JSON.stringify([texts, cafe?.round]);
  list.replaceChildren(...rounds.map((/** @type {any} */ each, /** @type {number} */ index) => round(each, texts[index], index === (cafe.round ?? 0))));
}

/**
 * @param {any} planned
 * @param {string} text
 * @param {boolean} now
 */
function round(planned, text, now) {
  const row = document.createElement("li");
  const [words, length] = [document.createElement("span"), document.createElement("span")];
  words.dir = "auto";
  words.textContent = text;
  length.className = "muted small";
  length.textContent = t("{n} min", { n: planned.minutes ?? 20 });
  if (now) row.setAttribute("aria-current", "step");
  row.append(words, " ", length);
  return row;
}

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {HTMLElement} card
 * @param {any} table
 * @param {{cafe: any, seat: number, votes: Set<number>}} about
 */
function fillCard(page, card, table, { cafe, seat, votes }) {
  const taken = page.roomState.seats?.[table.id]?.length ?? 0;
  const most = table.most ?? 8;
  const yours = seat === table.id;
  const free = Boolean(cafe) && cafe.mode !== "assigned" && CHOOSING.includes(cafe.phase);
  const wanted = cafe?.mode === "proposed" && Boolean(table.proposed_by) && ["draft", "ready"].includes(cafe.phase);
  const count = page.roomState.table_votes?.[table.id] ?? 0;
  if (!reads(card, [table, taken, yours, free, wanted, votes.has(table.id), count])) return;
  setText(slot(card, "name"), table.name);
  setText(slot(card, "topic"), table.topic ?? "");
  setShown(slot(card, "language"), Boolean(table.language));
  setText(slot(card, "language"), languageName(table.language ?? ""));
  setText(slot(card, "leader"), table.host_name ? t("Led by {name}", { name: isolate(table.host_name) }) : "");
  setText(slot(card, "seats"), t("{taken} of {most} seats taken", { taken, most }));
  setShown(slot(card, "yours"), yours);
  const take = /** @type {HTMLButtonElement} */ (card.querySelector("[data-act=take]"));
  setShown(take, free && !yours);
  take.disabled = taken >= most;
  const vote = card.querySelector("[data-act=vote]");
  setShown(vote, wanted);
  setAttribute(vote, "aria-pressed", votes.has(table.id));
  setText(slot(card, "votes"), formatNumber(count));
  setShown(card.querySelector("[data-act=visit]"), page.may("cafe.run") && !yours);
}

/** @param {import("../lib/page.js").LivePage} page */
function startProposing(page) {
  const form = /** @type {HTMLFormElement} */ (byId("propose"));
  form.addEventListener("submit", async (domEvent) => {
    domEvent.preventDefault();
    const fields = new FormData(form);
    setText(slot(form, "error"), "");
    try {
      await page.line.send("table.propose", { room: page.room, name: String(fields.get("name")), topic: String(fields.get("topic") ?? "") });
      form.reset();
      toast(t("Your table is proposed."));
    } catch (refusal) {
      setText(slot(form, "error"), /** @type {Error} */ (refusal).message);
    }
  });
}

/** @param {import("../lib/page.js").LivePage} page */
export function answerOf(page) {
  return /** @type {any} */ (page.mine)?.answers?.[page.room] ?? "";
}

/**
 * Find the table where one sits.
 * @param {import("../lib/page.js").LivePage} page
 */
export function seatOf(page) {
  const found = Object.entries(page.roomState.seats ?? {}).find(([, people]) => people.includes(page.me));
  return found ? Number(found[0]) : 0;
}

/**
 * Say what is going on and what comes next, so that nobody is left in doubt.
 * @param {import("../lib/page.js").LivePage} page
 * @param {string} answer
 */
function saying(page, answer) {
  const { cafe } = page.roomState;
  if (!cafe) return t("There is no café in this room yet.");
  if (answer === "leaving" && !["plenary", "over"].includes(cafe.phase)) return t("You said that you have to leave. If you stay after all, say so below.");
  if (cafe.phase === "ready" && answer) return t("Thank you. You will be seated when everybody has answered.");
  if (cafe.phase === "seating" && cafe.mode !== "assigned") return t("Choose a table. Whoever has none when the round begins is seated where there is room.");
  return SAYINGS[cafe.phase];
}

/** @type {Record<string, string>} */
const SAYINGS = {
  draft: t("Stay on this page: when the host begins, you are asked whether you are ready."),
  ready: t("The café begins. Are you ready?"),
  seating: t("The seats are being arranged. You will be at your table in a moment."),
  opening: t("A round begins. You do not sit at a table yet."),
  open: t("A round is on. You do not sit at a table."),
  closing: t("The round closes soon. You do not sit at a table."),
  closed: t("The round is over. The next one begins soon, and you will be seated."),
  plenary: t("Everybody is back from the tables."),
  over: t("This café is over. Thank you for taking part."),
};
