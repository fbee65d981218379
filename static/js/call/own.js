/** What the person sends and shows of themselves: microphone, camera, screen, hand. */
import { word, apart } from "./words.js";

/** @typedef {import("./devices.js").Source} Source */

export class Own {
  mic = false;
  camera = false;
  screen = false;
  hand = false;
  listen = false;
  /** Kept silent by a moderator. */
  hard = false;
  #hushed = false;
  #seenMuted = false;

  /** @param {import("./call.js").Call} call */
  constructor(call) {
    this.call = call;
  }

  get devices() {
    return this.call.around.devices;
  }

  get notices() {
    return this.call.around.notices;
  }

  /** @param {{listen: boolean, mic: boolean, camera: boolean}} wish  as the seat was taken with */
  async enter({ listen, mic, camera }) {
    const { muted = false, hard = false } = this.call.page.model.states[`seat/${this.call.seat}`] ?? {};
    this.listen = listen;
    this.hard = muted && hard;
    this.#seenMuted = this.hard;
    this.mic = mic && !muted && !(await this.#trouble("mic"));
    this.camera = camera && !(await this.#trouble("camera"));
    this.screen = this.hand = false;
    if (mic !== this.mic || camera !== this.camera) this.tell({ mic: this.mic, camera: this.camera });
    await this.send();
  }

  forget() {
    this.mic = this.camera = this.screen = this.hand = this.listen = this.hard = false;
  }

  /** Give the engine what is to be sent now. */
  async send() {
    const audio = this.mic && !this.#hushed ? this.devices.mic : null;
    const video = this.screen ? this.devices.screen : this.camera ? this.devices.camera : null;
    await this.call.engine?.send({ audio, video, screen: this.screen, saver: this.call.saver.on });
  }

  /** @param {boolean} on */
  async setMic(on) {
    if (on === this.mic) return;
    if (on && this.hard) return this.notices.show("muted", word("still_muted"));
    if (on && this.listen) return this.call.join({ mic: true });
    if (on && (await this.#trouble("mic"))) return;
    await this.#set({ mic: on });
  }

  /** @param {boolean} on */
  async setCamera(on) {
    if (on === this.camera) return;
    if (on && this.listen) return this.call.join({ camera: true });
    if (on && (await this.#trouble("camera"))) return;
    if (!on) this.devices.close("camera");
    await this.#set({ camera: on });
  }

  /** @param {boolean} on */
  async setScreen(on) {
    if (on === this.screen) return;
    if (on && (await this.#trouble("screen"))) return;
    if (!on) this.devices.close("screen");
    await this.#set({ screen: on });
  }

  /** @param {boolean} on */
  setHand(on) {
    return this.#set({ hand: on });
  }

  /** @param {{by?: number, name?: string, reason?: string, hard?: boolean}} event */
  async wasMuted({ name = "", reason = "", hard = false }) {
    this.hard = hard;
    this.#seenMuted = false;
    this.mic = false;
    await this.send();
    const words = word(reason ? "muted_because" : "muted_by", { name: apart(name), reason: apart(reason) });
    this.notices.show("muted", `${words}\n${word(hard ? "muted_hard" : "muted_soft")}`);
    this.call.draw();
  }

  /**
   * Learn from the roster whether one may speak.
   * @param {import("../state/call.js").CallSeat | undefined} me
   */
  allowed(me) {
    if (me?.muted) this.hard = this.#seenMuted = true;
    else if (me && this.hard && this.#seenMuted) {
      this.hard = this.#seenMuted = false;
      this.notices.show("muted", word("allowed"));
    }
  }

  /** @param {number} ms  for so long nothing is heard of this person */
  hush(ms) {
    this.#hushed = true;
    this.send();
    setTimeout(() => {
      this.#hushed = false;
      this.send();
    }, ms);
  }

  /** @param {Source} source  that was unplugged, or ended by the browser */
  lost(source) {
    if (this[source] && source !== "screen") this.notices.show(`lost-${source}`, word(`lost_${source}`));
    if (this[source]) this.#set({ [source]: false });
  }

  /** Say everything again: it may have been missed. */
  restate() {
    const { mic, camera, screen, hand } = this;
    this.tell({ mic, camera, screen, hand });
  }

  /** @param {Record<string, boolean>} changed */
  async tell(changed) {
    await this.call.send("call.state", changed).catch((refusal) => this.#refused(changed, refusal));
  }

  /** @param {Partial<Record<"mic" | "camera" | "screen" | "hand", boolean>>} changed */
  async #set(changed) {
    Object.assign(this, changed);
    this.call.draw();
    // What is switched off is off before anybody is told.
    if (Object.values(changed).includes(false)) await this.send();
    await this.tell(/** @type {Record<string, boolean>} */ (changed));
    await this.send();
    this.call.draw();
  }

  /**
   * @param {Record<string, boolean>} changed
   * @param {any} refusal
   */
  #refused(changed, refusal) {
    for (const what of /** @type {Source[]} */ (["mic", "camera", "screen"])) {
      if (!changed[what]) continue;
      this[what] = false;
      if (what !== "mic") this.devices.close(what);
    }
    if (refusal.code === "call.muted") this.hard = this.#seenMuted = true;
    if (refusal.code !== "call.gone") this.notices.show("refused", refusal.message);
  }

  /**
   * Open a source; say what is wrong where it does not open.
   * @param {Source} source
   * @returns {Promise<boolean>}  whether there is trouble
   */
  async #trouble(source) {
    const trouble = await this.devices.open(source);
    if (trouble && trouble !== "cancelled") this.notices.show(`trouble-${source}`, word(`${trouble}_${source}`) || word("unable"));
    else this.notices.hide(`trouble-${source}`);
    return Boolean(trouble);
  }
}
