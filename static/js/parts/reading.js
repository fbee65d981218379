/** How far one has read: the line in the list, the number in the tab, and what the server is told of it. */
import { throttled } from "../lib/dom.js";

const TELL_EVERY_MS = 4_000;

export class Reading {
  /** The number after which the line "new" is drawn; null draws none. */
  /** @type {number | null} */
  lineAfter = null;
  #told = 0;
  #lastSeen = "";

  /**
   * @param {import("../lib/page.js").LivePage} page
   * @param {number} unread  how many were unread when the page was made
   */
  constructor(page, unread) {
    this.page = page;
    this.startedAt = this.pointer;
    this.startUnread = unread;
    this.startNewest = this.newest?.number ?? 0;
    this.tell = throttled(TELL_EVERY_MS, () => this.#tell());
    if (unread && this.startedAt) this.lineAfter = this.startedAt;
    // What comes while one looks elsewhere is new when one comes back.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.lineAfter = this.newest?.number ?? null;
    });
  }

  /** Up to which number this person has read, on whatever device. */
  get pointer() {
    return this.page.mine?.read_to?.[this.page.room] ?? 0;
  }

  get newest() {
    return this.page.roomState.chat?.messages?.at(-1);
  }

  /** Count what others have written since. */
  get unread() {
    const { pointer } = this;
    const untouched = pointer === this.startedAt && this.#told <= pointer;
    const from = untouched ? this.startNewest : Math.max(pointer, this.#told);
    const newer = (this.page.roomState.chat?.messages ?? []).filter((each) => each.number > from && each.by !== this.page.me);
    return newer.length + (untouched ? this.startUnread : 0);
  }

  /** Everything that is there has been seen. */
  seen() {
    const { newest } = this;
    if (!newest || newest.number <= Math.max(this.pointer, this.#told)) return;
    this.#told = newest.number;
    this.#lastSeen = newest.id;
    this.tell();
  }

  #tell() {
    if (this.#told > this.pointer) this.page.line.send("chat.read_to", { message: this.#lastSeen }).catch(() => {});
  }
}
