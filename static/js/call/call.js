/** One person's part in a call: joining it, staying in it, leaving it. */
import { Mesh } from "./mesh.js";
import { Mixer } from "./mixer.js";
import { Own } from "./own.js";
import { heardLast, seatsOf, wantedPictures } from "./pictures.js";
import { Recovery } from "./recovery.js";
import { Saver, Steady } from "./steady.js";
import { keepWishes, readWishes, thisDevice } from "./wishes.js";
import { word } from "./words.js";

/**
 * @typedef {"green" | "joining" | "inside" | "text" | "closed"} Stage
 *
 * @typedef {object} Around  what the call stands in
 * @property {import("../lib/page.js").LivePage} page
 * @property {number} room
 * @property {(room: number) => unknown} [onMove]
 * @property {import("./devices.js").Devices} devices
 * @property {import("./sound.js").Players} players
 * @property {import("./notices.js").Notices} notices
 * @property {() => void} draw
 */

const SMALL = "(max-width: 40rem)";
const HUSH_MS = 1_000;
const SLOTS_WANTED = 4;

export class Call {
  /** @type {Stage} */
  stage = "green";
  seat = "";
  /** @type {any} */
  plan = {};
  /** @type {Mixer | Mesh | null} */
  engine = null;
  /** @type {string[]} */
  speaking = [];
  /** @type {string[]} */
  heard = [];
  withVideo = true;
  waitsUntil = 0;
  wasConnected = false;
  steady = new Steady();
  saver = new Saver(() => Boolean(/** @type {any} */ (navigator).connection?.saveData));
  recovery = new Recovery(this);
  #wanted = "";
  #saved = false;

  /** @param {Around} around */
  constructor(around) {
    this.around = around;
    this.page = around.page;
    this.room = around.room;
    this.draw = around.draw;
    this.saver.wish = readWishes().saver ?? "auto";
    this.own = new Own(this);
    for (const [type, hear] of Object.entries(this.#heard)) this.page.model.on(type, (event) => this.seat && hear(event));
    this.page.model.on("call.speaking", ({ seats = [] }) => this.#spoke(seats));
    this.page.model.watch(() => this.#rosterChanged());
    this.page.onState((state) => this.stage === "inside" && state === "live" && this.#lineIsBack());
  }

  get seats() {
    return seatsOf(this.page.model.states[`room/${this.room}`]);
  }

  get me() {
    return this.seats.find((each) => each.seat === this.seat);
  }

  get view() {
    return readWishes().view ?? (matchMedia(SMALL).matches || this.saver.on ? "list" : "tiles");
  }

  get mayModerate() {
    return this.page.may("call.moderate");
  }

  /**
   * @param {{listen?: boolean, mic?: boolean, camera?: boolean}} wish
   * @returns {Promise<void>}
   */
  async join({ listen = false, mic = false, camera = false }) {
    this.#drop();
    this.stage = "joining";
    this.around.notices.clear();
    this.draw();
    const wish = { room: this.room, device: thisDevice(), listen, mic: mic && !listen, camera: camera && !listen };
    try {
      await this.#enter(await this.page.line.send("call.join", wish), wish);
    } catch (refusal) {
      this.#drop();
      this.stage = "green";
      this.around.notices.refused(/** @type {any} */ (refusal));
      this.draw();
    }
  }

  /** Join once more, as it was: the seat is gone, or the engine is another. */
  rejoin() {
    const { listen, mic, camera } = this.own;
    return this.join({ listen, mic, camera });
  }

  /** @param {"green" | "text" | "closed"} stage */
  leave(stage = "closed") {
    if (this.seat) this.send("call.leave", {}).catch(() => {});
    this.#drop();
    this.around.devices.closeAll();
    this.around.notices.clear();
    this.own.forget();
    this.stage = stage;
    this.draw();
  }

  /**
   * Send a command about one's own seat.
   * @param {string} name
   * @param {Record<string, any>} body
   * @returns {Promise<any>}
   */
  send(name, body) {
    return this.page.line.send(name, { seat: this.seat, ...body });
  }

  /** Ask for the next generation. */
  async again() {
    const { gen, ice = [] } = await this.send("call.again", {});
    this.plan = { ...this.plan, gen, ice };
    return this.plan;
  }

  /** The media run. */
  connected() {
    this.wasConnected = true;
    this.around.notices.hide("lost");
    this.around.notices.hide("relay");
    this.#wanted = "";
    this.draw();
    this.#want();
  }

  /** @param {number} until  when the next attempt is made; 0 for now */
  waits(until) {
    this.waitsUntil = until;
    this.draw();
  }

  /**
   * @param {import("./steady.js").Level} level  of the last second
   * @param {string[] | null} speaking  where the server cannot know
   */
  beaten(level, speaking) {
    if (this.steady.see(level)) this.judged(this.steady.level);
    if (speaking) this.#spoke(speaking);
  }

  /** @param {import("./steady.js").Level} level */
  judged(level) {
    this.saver.see(level);
    this.savingChanged();
    this.draw();
  }

  /** Save data, or no longer: both sides send less. */
  savingChanged() {
    if (this.#saved === this.saver.on || !this.seat) return;
    this.#saved = this.saver.on;
    this.own.tell({ saver: this.#saved });
    this.own.send();
    this.around.notices.say(word(this.#saved ? "saving" : "saving_not"));
    this.#want();
  }

  /** @param {boolean} on  whether others' pictures are received */
  setVideo(on) {
    this.withVideo = on;
    if (!on && this.own.camera) this.own.setCamera(false);
    this.#want();
    this.draw();
  }

  /** @param {"tiles" | "list"} view */
  setView(view) {
    keepWishes({ view });
    this.#want();
    this.draw();
  }

  /**
   * @param {any} plan  what call.join gave
   * @param {{listen: boolean, mic: boolean, camera: boolean}} wish
   */
  async #enter(plan, wish) {
    this.plan = { ...plan, ...wish };
    this.seat = plan.seat;
    const others = (plan.roster?.seats ?? []).map((/** @type {any} */ each) => each.seat).filter((/** @type {string} */ seat) => seat !== plan.seat);
    await Promise.all([this.page.line.follow(`seat/${plan.seat}`), this.page.line.follow(`room/${this.room}`)]);
    this.engine = plan.engine === "mesh" ? new Mesh(this.#host, others) : new Mixer(this.#host);
    this.stage = "inside";
    this.#saved = false;
    await this.own.enter(wish);
    this.savingChanged();
    this.recovery.start(plan);
    this.draw();
  }

  /** What the engine may ask. */
  #host = {
    say: (/** @type {Record<string, any>} */ signal) => void this.send("call.signal", signal).catch((refusal) => this.#signalRefused(refusal)),
    play: (/** @type {string} */ key, /** @type {MediaStreamTrack | null} */ track) => this.around.players.play(key, track),
    trouble: (/** @type {"relay" | "down"} */ what) => (what === "down" ? this.recovery.recover() : this.around.notices.show("relay", word("relay"))),
    changed: () => this.draw(),
  };

  /** @param {any} refusal */
  #signalRefused({ code }) {
    if (code === "call.gone") this.recovery.recover();
  }

  /** @type {Record<string, (event: any) => void>} */
  #heard = {
    "call.signal": (event) => this.engine?.signal(event),
    "call.slots": ({ slots = [] }) => this.engine?.slots(slots),
    "call.watched": ({ on = false }) => this.engine?.watched(on),
    "call.reached": ({ level }) => level && this.beaten(level, null),
    "call.muted": (event) => this.own.wasMuted(event),
    "call.refused": ({ gen, code }) => gen === this.plan.gen && code !== "call.stale" && this.recovery.recover(),
    "call.moved": ({ room }) => this.#moved(room),
    "call.reset": ({ why }) => this.#reset(why),
  };

  /** @param {string} why */
  #reset(why) {
    if (why === "media") return void this.recovery.recover();
    if (why === "engine") {
      this.rejoin().then(() => this.around.notices.show("engine", word(this.plan.engine === "mesh" ? "now_private" : "now_mixed")));
      return;
    }
    this.seat = "";
    this.leave("closed");
    const back = { label: word(why === "elsewhere" ? "bring_back" : "join_again"), act: () => this.join({}) };
    this.around.notices.show("away", word(why === "elsewhere" ? "elsewhere" : why === "moved_out" ? "removed" : "seat_gone"), [back]);
  }

  /** @param {number} room */
  async #moved(room) {
    this.room = room;
    this.#wanted = "";
    this.own.hush(HUSH_MS);
    await this.page.line.follow(`room/${room}`).catch(() => {});
    const name = await this.around.onMove?.(room);
    const said = typeof name === "string" ? word("moved_to", { name }) : word("moved");
    this.around.notices.show("moved", said);
    this.draw();
  }

  #lineIsBack() {
    this.own.restate();
    this.recovery.lineIsBack();
  }

  #rosterChanged() {
    if (this.engine instanceof Mesh) this.engine.keep(this.seats.map((each) => each.seat));
    if (this.stage === "inside") this.own.allowed(this.me);
    this.#want();
    this.draw();
  }

  /** @param {string[]} seats */
  #spoke(seats) {
    this.speaking = seats;
    this.heard = heardLast(this.heard, seats);
    this.#want();
    this.draw();
  }

  /** Tell the mixer whose pictures to send, when that has changed. */
  #want() {
    if (this.stage !== "inside" || !(this.engine instanceof Mixer) || !this.wasConnected) return;
    const cameras = this.withVideo && this.view === "tiles" && !this.saver.on;
    const wish = { mine: this.seat, heard: this.heard, most: SLOTS_WANTED, cameras, screens: this.withVideo };
    const want = wantedPictures(this.seats, wish);
    if (this.#wanted === String(want)) return;
    this.#wanted = String(want);
    this.send("call.watch", { want }).catch(() => {});
  }

  #drop() {
    const stream = `seat/${this.seat || this.plan.seat}`;
    this.recovery.stop();
    this.engine?.close();
    this.engine = null;
    this.seat = this.#wanted = "";
    this.waitsUntil = 0;
    this.wasConnected = false;
    if (this.page.line.streams.includes(stream)) this.page.line.leave(stream);
    delete this.page.model.states[stream];
  }
}
