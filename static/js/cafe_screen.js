/** The big screen of a café: phase, clock, and the question in one language after the other. */
import { heardClock } from "./lib/clock.js";
import { byId, setAttribute, setText } from "./lib/dom.js";
import { t } from "./lib/i18n.js";
import { LivePage, readBoot } from "./lib/page.js";
import { startCafeClock } from "./parts/cafe_clock.js";
import { showConnection } from "./parts/connection.js";
import { reduceCafeRoom } from "./state/cafe.js";

const EACH_LANGUAGE_MS = 8_000;
const boot = readBoot();
const page = new LivePage({ ...boot, states: boot.states }, [`room/${boot.room}`], () => reduceCafeRoom);
heardClock(document.documentElement.dataset.now ?? "");
startCafeClock(page, () => undefined);
page.model.watch(draw);
setInterval(draw, EACH_LANGUAGE_MS);
showConnection(page);
page.start();
draw();

function draw() {
  const { cafe, seats = {}, tables = [] } = page.roomState;
  const talking = ["opening", "open", "closing", "seating"].includes(cafe?.phase ?? "");
  const texts = Object.entries((talking && cafe?.rounds?.[cafe.round ?? 0]?.question) || {});
  const [language, text] = texts[Math.floor(Date.now() / EACH_LANGUAGE_MS) % texts.length] ?? ["", ""];
  const open = tables.filter((each) => each.open !== false);
  const taken = Object.values(seats).reduce((sum, people) => sum + people.length, 0);
  const all = open.reduce((sum, each) => sum + (each.most ?? 8), 0);
  setText(byId("question"), text);
  setAttribute(byId("question"), "lang", language || null);
  setText(byId("seated"), t("At tables: {n}", { n: taken }));
  setText(byId("free"), t("Free seats: {n}", { n: Math.max(0, all - taken) }));
}
