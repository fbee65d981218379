/** The forum's start page: announcements arrive live, for visitors too. */
import { byId } from "./lib/dom.js";
import { LivePage, readBoot } from "./lib/page.js";
import { showAnnouncements } from "./parts/announcements.js";
import { showConnection } from "./parts/connection.js";
import { reloadWhenIdle, startSite } from "./parts/site.js";
import { reduceForum } from "./state/forum.js";

const boot = readBoot();
const page = new LivePage({ ...boot, states: { forum: {}, ...boot.states } }, ["forum"], () => reduceForum);
startSite();
if (byId("announcements")) showAnnouncements(page, ["forum"]);
else for (const type of ["announcement.shown", "announcement.gone"]) page.model.on(type, reloadWhenIdle);
showConnection(page);
page.start();
