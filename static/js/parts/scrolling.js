/** A log that stays at its newest end while one is there, and never moves under the eyes of one who is not. */

const AT_END_PX = 24;
const NEAR_START_PX = 400;

export class ScrollingLog {
  atEnd = true;
  #height = 0;
  #top = 0;

  /**
   * @param {HTMLElement} box  what scrolls
   * @param {HTMLElement} list  what grows in it
   * @param {{moved: () => void, nearStart: () => void}} on
   */
  constructor(box, list, on) {
    this.box = box;
    this.list = list;
    this.on = on;
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const resized = new ResizeObserver(() => this.atEnd && this.toEnd());
    resized.observe(list);
    resized.observe(box);
    this.toEnd();
  }

  toEnd() {
    this.atEnd = true;
    this.box.scrollTop = this.box.scrollHeight;
    this.#top = this.box.scrollTop;
    this.#height = this.box.clientHeight;
  }

  /**
   * Change the list, and leave the first row that is in view where it is.
   * @param {() => void} change
   */
  holding(change) {
    // At the end the observer follows what has grown, before it is painted.
    if (this.atEnd) return change();
    const held = this.#firstInView();
    const before = held?.getBoundingClientRect().top ?? 0;
    change();
    if (held?.isConnected) this.box.scrollTop += held.getBoundingClientRect().top - before;
  }

  #scrolled() {
    const { box } = this;
    // A box that has only become lower (a keyboard came up) has not been scrolled by anybody.
    if (box.clientHeight !== this.#height) {
      this.#height = box.clientHeight;
      if (this.atEnd) return this.toEnd();
    }
    const upwards = box.scrollTop < this.#top - 1;
    this.#top = box.scrollTop;
    // Only a reader leaves the end, and only upwards; a list that has grown meanwhile does not count.
    if (upwards || !this.atEnd) this.look();
    if (box.scrollTop < NEAR_START_PX) this.on.nearStart();
    this.on.moved();
  }

  /** Find out whether the newest end is in view. */
  look() {
    const { box } = this;
    this.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight <= AT_END_PX;
  }

  #firstInView() {
    const { top } = this.box.getBoundingClientRect();
    return [...this.list.children].find((row) => row.getBoundingClientRect().bottom > top);
  }
}
