/** The states that a page shows, moved on by events; whoever draws is told once per frame, however much came in. */

/** @typedef {(state: any, event: any) => any} Reducer */

const HIDDEN_DRAW_MS = 400;

export class Model {
  /** @type {Map<string, ((event: any) => void)[]>} */
  #listeners = new Map();
  /** @type {(() => void)[]} */
  #watchers = [];
  #asked = false;

  /**
   * @param {Record<string, any>} states  by stream
   * @param {(stream: string) => Reducer} reducerOf
   */
  constructor(states, reducerOf) {
    this.states = { ...states };
    this.reducerOf = reducerOf;
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
    const draw = () => {
      this.#asked = false;
      for (const watcher of this.#watchers) watcher();
    };
    // A hidden page gets no frames, but its title still counts.
    if (document.hidden) setTimeout(draw, HIDDEN_DRAW_MS);
    else requestAnimationFrame(draw);
  }
}
