/** The page of those who run a café: its plan before, and all its tables while it runs. */
import { heardClock } from "./lib/clock.js";
import { byId } from "./lib/dom.js";
import { LivePage, readBoot } from "./lib/page.js";
import { startAnnouncing } from "./parts/announce.js";
import { startCafeClock } from "./parts/cafe_clock.js";
import { showConnection } from "./parts/connection.js";
import { startControls } from "./parts/host_controls.js";
import { HostPlan } from "./parts/host_plan.js";
import { HostTables } from "./parts/host_tables.js";
import { reduceCafeRoom } from "./state/cafe.js";
import { reduceHosts } from "./state/hosts.js";

const boot = /** @type {any} */ (readBoot());
const hosts = `room/${boot.room}/hosts`;
const streams = [`room/${boot.room}`, ...(boot.planned ? [hosts] : [])];
const page = new LivePage(boot, streams, (stream) => (stream === hosts ? reduceHosts : reduceCafeRoom));
heardClock(document.documentElement.dataset.now ?? "");
startCafeClock(page, () => undefined);
startControls(page);
new HostTables(page);
new HostPlan(page, boot.plan);
const form = /** @type {HTMLFormElement | null} */ (byId("announce"));
if (form) startAnnouncing(form, page);
// A room becomes a café with its first plan: only then there is something for its hosts alone.
page.model.on("cafe.planned", () => void page.line.follow(hosts).catch(() => {}));
showConnection(page);
page.start();
