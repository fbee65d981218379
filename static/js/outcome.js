/** The page of a session's outcome. */
import { heardClock } from "./lib/clock.js";
import { byId } from "./lib/dom.js";
import { LivePage, readBoot } from "./lib/page.js";
import { Arranging } from "./parts/arranging.js";
import { showConnection } from "./parts/connection.js";
import { startPublishing } from "./parts/insight_form.js";
import { Outcome } from "./parts/outcome.js";
import { reduceHarvest, reduceOwnVotes } from "./state/harvest.js";

const boot = readBoot();
const outcomeStreams = [`room/${boot.room}`, `person/${boot.person?.id}`];
const page = new LivePage(boot, outcomeStreams, (stream) => (stream.startsWith("person/") ? reduceOwnVotes : reduceHarvest));
heardClock(document.documentElement.dataset.now ?? "");
if (byId("groups")) new Arranging(new Outcome(page));
const publishing = /** @type {HTMLFormElement | null} */ (byId("insight-add"));
if (publishing) startPublishing(publishing, page);
showConnection(page);
page.start();
