/** The state of the connection, in words, always there. */
import { byId, setText } from "../lib/dom.js";
import { t } from "../lib/i18n.js";

const LOST_SHOWN_MS = 500;
const RELOAD = new Set(["signed_out", "person", "permission.sign_in", "stream.unknown"]);

/** @param {import("../lib/page.js").LivePage} page */
export function showConnection(page) {
  const element = byId("connection");
  let state = page.line.state;
  let why = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const draw = () => {
    timer = undefined;
    setText(element, connectionWords(state, why));
    if (element) element.dataset.state = state;
    document.documentElement.dataset.connection = state;
  };
  page.onState((newState, newWhy) => {
    [state, why] = [newState, newWhy];
    clearTimeout(timer);
    // A line that is back at once was never worth a word.
    if (state === "lost") timer = setTimeout(draw, LOST_SHOWN_MS);
    else draw();
  });
  for (const name of ["online", "offline"]) addEventListener(name, () => state === "lost" && draw());
}

/**
 * @param {import("../lib/page.js").LineState} state
 * @param {string} why
 */
function connectionWords(state, why) {
  if (state === "live") return t("Connected");
  if (state === "connecting") return t("Connecting…");
  if (state === "lost" && navigator.onLine) return t("Reconnecting: what you write is kept");
  if (state === "lost") return t("Offline: what you write is kept");
  return RELOAD.has(why) ? t("You are no longer connected as before. Please reload the page.") : t("Disconnected. Please reload the page.");
}
