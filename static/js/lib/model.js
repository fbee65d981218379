/** The states that a page shows, moved on by events; whoever draws is told once per frame, however much came in. */

/** @typedef {(state: any, event: any) => any} Reducer */

const HIDDEN_DRAW_MS = 400;
/** Under a shower of events, drawing more often than this only costs. */
const GAP_MS = 80;

export class Model {
  /** @type {Map<string, ((event: any) => void)[]>} */
  #listeners = new Map();
  /** @type {(() => void)[]} */
  #watchers = [];
  #asked = false;
  #drawnAt = -GAP_MS;

  /**
   * @param {Record<string, any>} states  by stream
   * @param {(stream: string) => Reducer} reducerOf
   */
  constructor(states, reducerOf) {
    this.states = { ...states };
    this.reducerOf = reducerOf;
    // The frame that was asked for may never come.
    document.addEventListener("visibilitychange", () => document.hidden && this.#asked && this.#soon());
  }

  /**
   * Take an event in; a stream without a state has nothing to be changed.
   * @param {string} stream
   * @param {any} event
   */
  told(stream, event) {
    if (!(stream in this.states)) return;
    this.states[stream] = this.reducerOf(stream)(this.states[stream], event);
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
    this.redraw();
  }

  /**
   * @param {string} stream
   * @param {any} state
   */
  reset(stream, state) {
    this.states[stream] = state;
    this.redraw();
  }

  /**
   * Hear of one type of events, after its state has changed.
   * @param {string} type
   * @param {(event: any) => void} listener
   */
  on(type, listener) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  /** @param {() => void} watcher  called before the next frame after anything changed */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  /** Let everybody draw before the next frame. */
  redraw() {
    if (this.#asked) return;
    this.#asked = true;
    const wait = this.#drawnAt + GAP_MS - performance.now();
    if (document.hidden || wait <= 0) this.#soon();
    else setTimeout(() => this.#soon(), wait);
  }

  /** A hidden page gets no frames, but its title still counts. */
  #soon() {
    if (document.hidden) setTimeout(() => this.#draw(), HIDDEN_DRAW_MS);
    else requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    if (!this.#asked) return;
    this.#asked = false;
    this.#drawnAt = performance.now();
    for (const watcher of this.#watchers) watcher();
  }
}
