/** One's own votes: set, not toggled, and shown at once. */
import { toast } from "../lib/toasts.js";

export class Votes {
  /** @type {Map<string, {on: boolean, score: number}>} */
  #meant = new Map();
  changes = 0;

  /** @param {import("../lib/page.js").LivePage} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {string} id */
  isOn(id) {
    return this.#meant.get(id)?.on ?? (this.page.mine?.votes ?? []).includes(id);
  }

  /** @param {string} id */
  scoreOf(id) {
    return this.#meant.get(id)?.score ?? this.page.roomState.questions?.scores?.[id] ?? 0;
  }

  /** @param {string} id */
  press(id) {
    const on = !this.isOn(id);
    const meant = { on, score: Math.max(0, this.scoreOf(id) + (on ? 1 : -1)) };
    this.#meant.set(id, meant);
    this.changes += 1;
    this.page.model.redraw();
    const end = () => {
      if (this.#meant.get(id) === meant) this.#meant.delete(id);
      this.changes += 1;
      this.page.model.redraw();
    };
    this.page.line.send("question.vote", { question: id, on }).then(
      ({ votes = 0 }) => {
        if (this.#meant.get(id) === meant) this.#learn(id, on, votes);
        end();
      },
      (refusal) => {
        end();
        toast(refusal.message, null, true);
      },
    );
  }

  /**
   * The answer may be here before the events that say the same.
   * @param {string} id
   * @param {boolean} on
   * @param {number} votes
   */
  #learn(id, on, votes) {
    this.page.model.told(`room/${this.page.room}`, { type: "question.scores", scores: { [id]: votes } });
    this.page.model.told(`person/${this.page.me}`, { type: "question.voted", question: id, on });
  }
}
