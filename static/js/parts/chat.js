/** The chat: its rows in order, with days between them and what one is sending oneself at the end. */
import { byId, cloned, Rows, setShown, setText, slot } from "../lib/dom.js";
import { formatDay, t, tn } from "../lib/i18n.js";
import { toast } from "../lib/toasts.js";
import { withNewest, withOlder } from "../state/room.js";
import { MessageActions } from "./chat_actions.js";
import { fillMessage, followsOn } from "./messages.js";
import { Outgoing, sameText } from "./outgoing.js";
import { Reading } from "./reading.js";
import { ScrollingLog } from "./scrolling.js";

/**
 * @typedef {import("../state/room.js").Message} Message
 * @typedef {import("./outgoing.js").Sending} Sending
 * @typedef {{key: string, message?: Message, sending?: Sending, follows?: boolean}} Item
 */

const MOST_ROWS = 500;
const SLACK_ROWS = 100;
const OLDEST_PAGES = 20;
/** @type {WeakMap<Message, string>} */
const daysOf = new WeakMap();

export class Chat {
  #loading = false;
  #seenNumber = 0;

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
    this.pane = /** @type {HTMLElement} */ (byId("chat"));
    this.list = /** @type {HTMLElement} */ (byId("messages"));
    this.rows = new Rows(this.list);
    this.reading = new Reading(page, Number(this.pane.dataset.unread));
    this.posts = new Outgoing(page, "chat.post", () => this.log.toEnd());
    this.log = new ScrollingLog(/** @type {HTMLElement} */ (byId("chat-log")), this.list, {
      moved: () => this.#moved(),
      nearStart: () => this.older(),
    });
    this.actions = new MessageActions(this);
    this.newest = byId("chat-newest");
    this.newest?.addEventListener("click", () => this.toNewest());
    byId("chat-older")?.addEventListener("click", () => this.older());
    page.model.on("chat.posted", (event) => this.#posted(event));
    page.model.on("chat.removed", ({ removed, room }) => room === page.room && this.#removed(removed));
    page.model.watch(() => this.draw());
    document.addEventListener("visibilitychange", () => this.draw());
    addEventListener("hashchange", () => this.#toHash());
    this.draw();
    this.#start();
  }

  get messages() {
    return this.page.roomState.chat?.messages ?? [];
  }

  /** Whether the newest message is before somebody's eyes. */
  get inView() {
    return !document.hidden && !this.pane.hidden && this.log.atEnd;
  }

  toNewest() {
    this.log.toEnd();
    this.draw();
  }

  draw() {
    if (this.log.atEnd) this.#letGo();
    const items = this.#items();
    const byKey = new Map(items.map((each) => [each.key, each]));
    this.log.holding(() => {
      this.rows.show([...byKey.keys()], (key) => this.#newRow(key));
      for (const item of items) this.#fill(item);
    });
    const { before } = this.page.roomState.chat ?? {};
    setShown(byId("chat-older"), Boolean(before));
    setShown(byId("chat-empty"), !items.length);
    this.#moved();
  }

  /** Bring the page of messages before the oldest one. */
  async older() {
    const { before } = this.page.roomState.chat ?? {};
    if (!before || this.#loading) return;
    this.#loading = true;
    try {
      const answer = await fetch(`/api/v1/rooms/${this.page.room}/messages?before=${before}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const page = await answer.json();
      const stream = `room/${this.page.room}`;
      this.page.model.states[stream] = withOlder(this.page.roomState, page);
      this.log.atEnd = false;
      this.draw();
    } catch {
      toast(t("Earlier messages could not be fetched. Scroll up to try again."), null, true);
    } finally {
      this.#loading = false;
    }
  }

  /**
   * Bring a message into view, fetching older pages until it is there.
   * @param {string} id
   */
  async goTo(id) {
    for (let pages = 0; !this.rows.get(id) && this.page.roomState.chat?.before && pages < OLDEST_PAGES; pages += 1) await this.older();
    const row = this.rows.get(id);
    if (!row) return void toast(t("This message is not here any more."));
    this.log.atEnd = false;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    row.classList.add("is-pointed");
    setTimeout(() => row.classList.remove("is-pointed"), 2_000);
  }

  #start() {
    if (location.hash.startsWith("#message-")) return this.#toHash();
    const line = this.rows.get("unread");
    if (!line) return this.log.toEnd();
    this.log.atEnd = false;
    line.scrollIntoView({ block: "start" });
    this.log.look();
  }

  #toHash() {
    if (location.hash.startsWith("#message-")) this.goTo(location.hash.slice("#message-".length));
  }

  /** @param {Message} event */
  #posted({ id, by, text, reply_to: replyTo = "" }) {
    if (by !== this.page.me) return;
    this.posts.claim(id, (body) => sameText(body.text, text) && (body.reply_to ?? "") === replyTo);
  }

  /** @param {boolean} removed */
  #removed(removed) {
    toast(removed ? t("A moderator has removed one of your messages.") : t("A moderator has put your message back."));
  }

  /** One who reads the newest messages needs no more than the last rows. */
  #letGo() {
    if (this.messages.length <= MOST_ROWS + SLACK_ROWS) return;
    this.page.model.states[`room/${this.page.room}`] = withNewest(this.page.roomState, MOST_ROWS);
  }

  /** @returns {Item[]} */
  #items() {
    const there = new Set(this.messages.map((each) => each.id));
    for (const { ref, id } of this.posts.entries) {
      if (!id || !there.has(id)) continue;
      this.rows.rename(ref, id);
      this.posts.discard(ref);
    }
    const { lineAfter } = this.reading;
    const { me } = this.page;
    /** @type {Item[]} */
    const items = [];
    let day = "";
    let lined = lineAfter === null;
    /** @type {Message | undefined} */
    let before;
    for (const message of this.messages) {
      if (this.actions.isLeaving(message.id)) continue;
      const today = dayOf(message);
      if (today !== day) items.push({ key: `day-${today}` });
      if (!lined && message.number > (lineAfter ?? 0) && message.by !== me) {
        items.push({ key: "unread" });
        lined = true;
        before = undefined;
      }
      items.push({ key: message.id, message, follows: today === day && followsOn(before, message) });
      before = message;
      day = today;
    }
    return [...items, ...this.posts.entries.map((sending) => this.#sendingItem(sending))];
  }

  /**
   * @param {Sending} sending
   * @returns {Item}
   */
  #sendingItem(sending) {
    const { ref, body, at } = sending;
    const name = this.page.mine?.name ?? "";
    return { key: ref, sending, message: { id: ref, number: Infinity, by: this.page.me, name, at, text: body.text, reply_to: body.reply_to } };
  }

  /** @param {string} key */
  #newRow(key) {
    if (key === "unread") return cloned("unread-row");
    if (!key.startsWith("day-")) return cloned("message-row");
    const row = cloned("day-row");
    setText(slot(row, "day"), key.slice("day-".length));
    return row;
  }

  /** @param {Item} item */
  #fill({ key, message, sending, follows = false }) {
    const row = this.rows.get(key);
    if (!row || !message) return;
    const quoted = message.reply_to ? this.messages.find((each) => each.id === message.reply_to) : undefined;
    const counts = this.page.roomState.chat?.reactions?.[message.id];
    const reacted = this.actions.reactedTo(message.id);
    fillMessage(row, { message, follows, mine: message.by === this.page.me, quoted, counts, reacted, sending });
  }

  #moved() {
    if (this.inView) {
      this.reading.seen();
      this.#seenNumber = this.reading.newest?.number ?? 0;
    }
    const fresh = this.messages.filter((each) => each.number > this.#seenNumber && each.by !== this.page.me).length;
    setShown(this.newest, !this.log.atEnd);
    setText(this.newest, fresh ? tn("{n} new message", "{n} new messages", fresh) : t("To the newest"));
  }
}

/**
 * Name a message's day; writing dates is dear, and every drawing asks for all of them.
 * @param {Message} message
 */
function dayOf(message) {
  const day = daysOf.get(message) ?? formatDay(message.at);
  daysOf.set(message, day);
  return day;
}
