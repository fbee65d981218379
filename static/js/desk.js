/** The page of a room's moderators. */
import { heardClock } from "./lib/clock.js";
import { byId } from "./lib/dom.js";
import { LivePage, readBoot } from "./lib/page.js";
import { startAnnouncing } from "./parts/announce.js";
import { showConnection } from "./parts/connection.js";
import { startCountdowns } from "./parts/countdown.js";
import { Desk } from "./parts/desk.js";
import { countInTitle, sayPolitely } from "./parts/summary.js";
import { reduceDesk } from "./state/desk.js";
import { reduceRoom } from "./state/room.js";

const boot = readBoot();
const deskStreams = [`room/${boot.room}`, `room/${boot.room}/moderators`];
const page = new LivePage(boot, deskStreams, (stream) => (stream.endsWith("/moderators") ? reduceDesk : reduceRoom));
heardClock(document.documentElement.dataset.now ?? "");
const desk = new Desk(page);
const announcing = /** @type {HTMLFormElement | null} */ (byId("announce"));
if (announcing) startAnnouncing(announcing, page);
sayPolitely(page, "question.held");
startCountdowns();
countInTitle(() => desk.pending, page);
showConnection(page);
page.start();
