/** The page of a live room. */
import { heardClock } from "./lib/clock.js";
import { byId, setShown, setText } from "./lib/dom.js";
import { formatNumber, t } from "./lib/i18n.js";
import { LivePage, readBoot } from "./lib/page.js";
import { toast } from "./lib/toasts.js";
import { showAnnouncements } from "./parts/announcements.js";
import { startCallDoor } from "./parts/call_door.js";
import { Chat } from "./parts/chat.js";
import { showConnection } from "./parts/connection.js";
import { startCountdowns } from "./parts/countdown.js";
import { showPeople } from "./parts/people.js";
import { QuestionList } from "./parts/questions.js";
import { countInTitle, sayPolitely } from "./parts/summary.js";
import { Tabs } from "./parts/tabs.js";
import { reduceForum } from "./state/forum.js";
import { reducePerson } from "./state/person.js";
import { reduceRoom } from "./state/room.js";

const boot = readBoot();
const roomStreams = [`room/${boot.room}`, `person/${boot.person?.id}`, "forum"];
const page = new LivePage({ ...boot, states: { forum: {}, ...boot.states } }, roomStreams, (stream) => {
  if (stream === "forum") return reduceForum;
  return stream.startsWith("person/") ? reducePerson : reduceRoom;
});
heardClock(document.documentElement.dataset.now ?? "");
const tabs = new Tabs();
const chat = byId("chat") ? new Chat(page) : null;
if (byId("questions")) new QuestionList(page);
showPeople(page, tabs);
showAnnouncements(page, ["forum", `room/${boot.room}`]);
sayPolitely(page, "question.shown");
startCountdowns();
startCallDoor(page);
countInTitle(() => chat?.reading.unread ?? 0, page);
tabs.onChange(() => chat?.draw());
page.model.watch(drawBadges);
page.model.on("member.changed", () => {
  toast(t("What you may do here has changed."), { label: t("Reload the page"), act: () => location.reload() });
});
drawBadges();
showConnection(page);
page.start();

function drawBadges() {
  const unread = chat?.reading.unread ?? 0;
  const open = (page.roomState.questions?.questions ?? []).filter((each) => each.state !== "answered").length;
  for (const [name, count] of Object.entries({ chat: unread, questions: open })) {
    const badge = document.querySelector(`[data-badge="${name}"]`);
    setShown(badge, count > 0);
    setText(badge, formatNumber(count));
  }
}
