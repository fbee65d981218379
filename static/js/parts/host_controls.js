/** The buttons with which a host runs the café's clock; each says what it will do. */
import { byId, setShown, setText } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { proofWords } from "./cafe_proof.js";

/** @type {Record<string, string>} */
const NEXT = {
  ready: t("Arrange the seats now"),
  seating: t("Seat everybody now"),
  opening: t("Open the round now"),
  open: t("Close the round now"),
  closing: t("End the round now"),
  closed: t("Go on now"),
  plenary: t("End the café"),
};
const RUNNING = Object.keys(NEXT);
const IN_ROUND = ["opening", "open", "closing", "closed", "seating"];

/** @param {import("../lib/page.js").LivePage} page */
export function startControls(page) {
  const bar = /** @type {HTMLElement} */ (byId("controls"));
  const next = /** @type {HTMLButtonElement} */ (byId("next"));
  const send = (/** @type {string} */ name, /** @type {Record<string, any>} */ body = {}) =>
    page.line.send(name, { room: page.room, ...body }).catch((/** @type {Error} */ refusal) => void toast(refusal.message, null, true));
  next.addEventListener("click", () => void send("cafe.next"));
  bar.addEventListener("click", (domEvent) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-do], [data-stretch]"));
    if (button?.dataset.do) void send(button.dataset.do);
    if (button?.dataset.stretch) void send("cafe.stretch", { seconds: Number(button.dataset.stretch) });
  });
  page.model.watch(draw);
  draw();

  function draw() {
    const { cafe } = page.roomState;
    const phase = cafe?.phase ?? "";
    const hosts = page.model.states[`room/${page.room}/hosts`];
    const computing = phase === "seating" && cafe?.mode === "assigned" && !Object.keys(hosts?.seats ?? {}).length && !cafe.ends_at;
    const paused = cafe?.left_ms !== undefined && cafe?.left_ms !== null;
    setShown(next, phase in NEXT);
    next.disabled = computing;
    setText(next, computing ? t("The seats are being computed…") : NEXT[phase]);
    for (const button of bar.querySelectorAll("[data-stretch]")) setShown(button, Boolean(cafe?.ends_at || paused) && RUNNING.includes(phase));
    setShown(bar.querySelector('[data-do="cafe.pause"]'), Boolean(cafe?.ends_at) && RUNNING.includes(phase));
    setShown(bar.querySelector('[data-do="cafe.resume"]'), paused);
    setShown(bar.querySelector('[data-do="cafe.shuffle"]'), phase === "seating" && cafe?.mode === "assigned" && !computing);
    setShown(bar.querySelector('[data-do="cafe.recall"]'), IN_ROUND.includes(phase) && !cafe?.recalled);
    setShown(bar.querySelector('[data-do="cafe.reset"]'), phase === "over");
    drawProof(hosts?.proof, cafe?.proof);
  }
}

/**
 * Show what is proposed, with its proof, or what the rounds so far did.
 * @param {import("./cafe_proof.js").Proof | null | undefined} proposed
 * @param {import("./cafe_proof.js").Proof | null | undefined} proved
 */
function drawProof(proposed, proved) {
  const proof = proposed ?? proved;
  setShown(byId("proof"), Boolean(proof));
  if (!proof) return;
  const head = proposed ? t("Proposed seats") : t("This café so far");
  setText(byId("proof"), [head, ...proofWords(proof)].join(" · "));
}
