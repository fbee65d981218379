/** The page of a café: the lobby and the table on one socket. */
import { heardClock } from "./lib/clock.js";
import { byId, setShown, setText } from "./lib/dom.js";
import { formatNumber, isolate, t } from "./lib/i18n.js";
import { LivePage, readBoot } from "./lib/page.js";
import { toast } from "./lib/toasts.js";
import { showAnnouncements } from "./parts/announcements.js";
import { startCafeClock } from "./parts/cafe_clock.js";
import { seatOf, showLobby } from "./parts/cafe_lobby.js";
import { AtTable, showTable } from "./parts/cafe_table.js";
import { startCallDoor } from "./parts/call_door.js";
import { Chat } from "./parts/chat.js";
import { showConnection } from "./parts/connection.js";
import { startPublishing } from "./parts/insight_form.js";
import { beginNotes } from "./parts/notes.js";
import { countInTitle, sayPolitely } from "./parts/summary.js";
import { Tabs } from "./parts/tabs.js";
import { reduceCafeRoom, reduceGuest } from "./state/cafe.js";
import { reduceForum } from "./state/forum.js";
import { reduceTable } from "./state/table.js";

const boot = readBoot();
const first = Object.keys(boot.states ?? {}).filter((stream) => stream.startsWith("room/") && stream !== `room/${boot.room}`);
const streams = [`room/${boot.room}`, `person/${boot.person?.id}`, "forum"];
const page = new LivePage({ ...boot, states: { forum: {}, ...boot.states } }, streams, (stream) => {
  if (stream === "forum") return reduceForum;
  if (stream.startsWith("person/")) return reduceGuest;
  if (stream.startsWith("room/")) return stream === `room/${boot.room}` ? reduceCafeRoom : reduceTable;
  return (state) => state;
});
heardClock(document.documentElement.dataset.now ?? "");
const at = new AtTable(page);
const view = /** @type {any} */ (at);
const tabs = new Tabs();
const chat = new Chat(view);
const notes = beginNotes(view, 0);
let visiting = Number(/^#table-(\d+)$/.exec(location.hash)?.[1] ?? 0);

showAnnouncements(page, ["forum", `room/${boot.room}`]);
sayPolitely(page, "question.shown");
showTable(at);
showLobby(page, visit);
startCafeClock(page, () => tableListed(at.room));
startCallDoor(view, undefined, (room) => {
  go(room);
  return tableListed(room)?.name;
});
const form = /** @type {HTMLFormElement | null} */ (byId("insight-add"));
if (form) startPublishing(form, page, () => at.room);
countInTitle(() => (at.room ? chat.reading.unread : 0), page);
tabs.onChange(() => chat.draw());
byId("stand-up")?.addEventListener("click", () => standUp());
addEventListener("hashchange", () => visit(Number(/^#table-(\d+)$/.exec(location.hash)?.[1] ?? 0)));
page.model.watch(draw);
page.model.on("member.changed", () => {
  toast(t("What you may do here has changed."), { label: t("Reload the page"), act: () => location.reload() });
});
showConnection(page);
page.start();
for (const stream of first) go(Number(stream.slice("room/".length)));
draw();

/** @param {number} table */
function tableListed(table) {
  return page.roomState.tables?.find((/** @type {any} */ each) => each.id === table);
}

function draw() {
  const seat = seatOf(page);
  if (seat) visiting = 0;
  const wanted = seat || (page.may("cafe.run") ? visiting : 0);
  if (wanted !== at.room) go(wanted);
  const unread = chat.reading.unread;
  const badge = document.querySelector('[data-badge="chat"]');
  setShown(badge, unread > 0);
  setText(badge, formatNumber(unread));
}

/**
 * Let a host come to a table, seen by those who sit there.
 * @param {number} table
 */
function visit(table) {
  if (!page.may("cafe.run") || seatOf(page)) return;
  if (visiting && visiting !== table) void page.line.send("table.visit", { table: visiting, here: false }).catch(() => {});
  visiting = table;
  if (table) void page.line.send("table.visit", { table, here: true }).catch((refusal) => toast(refusal.message, null, true));
  page.model.redraw();
}

function standUp() {
  if (!seatOf(page)) {
    history.replaceState(null, "", location.pathname);
    return visit(0);
  }
  const back = { label: t("Back to the table"), act: () => void page.line.send("seat.find", { room: page.room }).catch(() => {}) };
  page.line.send("seat.leave", { room: page.room }).then(
    () => toast(t("You are in the lobby."), back),
    (refusal) => toast(refusal.message, null, true),
  );
}

/**
 * Be at another table, or at none; the streams of the former are left, and the call goes on by itself.
 * @param {number} table
 */
function go(table) {
  if (table === at.room) return;
  const former = at.room;
  at.room = table;
  notes?.moveTo(table);
  if (former) {
    page.line.leave(`room/${former}`);
    delete page.model.states[`room/${former}`];
  }
  setShown(byId("lobby"), !table);
  setShown(byId("table"), Boolean(table));
  /** @type {HTMLElement} */ (byId("cafe")).dataset.at = table ? "table" : "lobby";
  if (table) arrive(table, former);
  chat.reading.lineAfter = null;
  page.model.redraw();
}

/**
 * @param {number} table
 * @param {number} former
 */
function arrive(table, former) {
  if (!page.line.streams.includes(`room/${table}`)) void page.line.follow(`room/${table}`).catch(() => {});
  notes?.open();
  chat.log.toEnd();
  const name = tableListed(table)?.name ?? "";
  setText(byId("alarm"), t("You are now at table {name}.", { name: isolate(name) }));
  if (former || document.activeElement === document.body) byId("table-title")?.focus({ preventScroll: true });
}
