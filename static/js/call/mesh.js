/**
 * The private table's client: one connection to each other seat, so that the server hears nothing. Who came later
 * offers, so that two never offer at once; signals of one pair are taken one after the other.
 */
import { makeConnection, NOTHING, plain, preferOurs, pulseOf, sendOn, watchRelay } from "./peer.js";

const STUCK_MS = 8_000;
const QUIET_BEATS = 6;
const AUDIBLE = 0.02;

/** One connection to one other seat. */
class Leg {
  /** @type {MediaStreamTrack | null} */
  picture = null;
  startedAt = Date.now();
  stood = false;
  listed = false;
  quietBeats = 0;
  signs = 0;
  #described = false;
  /** @type {RTCIceCandidateInit[]} */
  #early = [];
  #work = Promise.resolve();

  /**
   * @param {string} seat
   * @param {import("./peer.js").Plan} plan
   * @param {import("./mixer.js").Host} host
   * @param {() => import("./peer.js").Outgoing} outgoing  what is sent now: it may change while signals wait
   */
  constructor(seat, plan, host, outgoing) {
    this.seat = seat;
    this.outgoing = outgoing;
    this.plan = plan;
    this.host = host;
    this.connection = makeConnection(plan);
    watchRelay(this.connection, plan, () => host.trouble("relay"));
    this.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate) this.#say({ candidate: plain(candidate) });
    });
    this.connection.addEventListener("track", ({ track }) => this.#came(track));
    this.connection.addEventListener("connectionstatechange", () => {
      this.stood ||= this.connection.connectionState === "connected";
    });
  }

  offer() {
    return this.#next(async () => {
      for (const kind of /** @type {("audio" | "video")[]} */ (["audio", "video"])) {
        preferOurs(this.connection.addTransceiver(kind, { direction: "sendrecv" }), kind);
      }
      await this.#sendNow();
      const offer = await this.connection.createOffer();
      this.#say({ kind: "offer", sdp: offer.sdp });
      await this.connection.setLocalDescription(offer);
    });
  }

  /** @param {any} event */
  signal({ kind, sdp, candidate }) {
    return this.#next(async () => {
      if (kind === "offer") await this.#answer(sdp);
      if (kind === "answer" && this.connection.signalingState === "have-local-offer") await this.#describe("answer", sdp);
      if (!candidate?.candidate) return;
      if (this.#described) await this.connection.addIceCandidate(candidate).catch(() => {});
      else this.#early.push(candidate);
    });
  }

  /** Send what is to be sent by now, after what waits before it. */
  send() {
    return this.#next(() => this.#sendNow());
  }

  #sendNow() {
    const [audio, video] = this.connection.getTransceivers();
    return sendOn(audio?.sender, video?.sender, this.outgoing());
  }

  close() {
    this.connection.close();
    this.host.play(this.seat, null);
  }

  /** @param {string} sdp */
  async #answer(sdp) {
    await this.#describe("offer", sdp);
    for (const transceiver of this.connection.getTransceivers()) transceiver.direction = "sendrecv";
    await this.#sendNow();
    const answer = await this.connection.createAnswer();
    this.#say({ kind: "answer", sdp: answer.sdp });
    await this.connection.setLocalDescription(answer);
  }

  /**
   * @param {"offer" | "answer"} type
   * @param {string} sdp
   */
  async #describe(type, sdp) {
    await this.connection.setRemoteDescription({ type, sdp });
    this.#described = true;
    for (const early of this.#early.splice(0)) await this.connection.addIceCandidate(early).catch(() => {});
  }

  /** @param {() => Promise<void>} work */
  #next(work) {
    this.#work = this.#work.then(work).catch(() => {});
    return this.#work;
  }

  /** @param {MediaStreamTrack} track */
  #came(track) {
    if (track.kind === "audio") this.host.play(this.seat, track);
    else this.picture = track;
    this.host.changed();
  }

  /** @param {Record<string, any>} signal */
  #say(signal) {
    this.host.say({ ...signal, gen: this.plan.gen, to: this.seat });
  }
}

export class Mesh {
  /** @type {Map<string, Leg>} */
  #legs = new Map();
  /** @type {Set<string>} */
  #mine = new Set();
  #outgoing = NOTHING;
  /** @type {import("./peer.js").Plan | null} */
  #plan = null;
  /** @type {any[]} what was signalled while this side still asked for its microphone */
  #early = [];

  /**
   * @param {import("./mixer.js").Host} host
   * @param {string[]} before  the seats that were there first: to these this one offers
   */
  constructor(host, before) {
    this.host = host;
    this.#mine = new Set(before);
  }

  /**
   * Connect to all who were there first; later, connect anew where it is needed.
   * @param {import("./peer.js").Plan} plan
   * @returns {Promise<boolean>}
   */
  async open(plan) {
    this.#plan = plan;
    const dead = [...this.#mine].filter((seat) => !isAlive(this.#legs.get(seat)));
    await Promise.all(dead.map((seat) => this.#offer(seat)));
    for (const event of this.#early.splice(0)) await this.signal(event);
    return true;
  }

  /** @param {any} event  a signal from another seat */
  async signal(event) {
    const { sender, kind } = event;
    if (!sender) return;
    if (!this.#plan) return void this.#early.push(event);
    // Should both offer, the one who came later goes on.
    if (kind === "offer" && this.#mine.has(sender) && this.#legs.get(sender)?.connection.signalingState === "have-local-offer") return;
    const leg = kind === "offer" ? this.#anew(sender) : this.#legs.get(sender);
    await leg?.signal(event);
  }

  /**
   * Let go of those who have left: who is not in the roster any more. A roster may be older than a signal.
   * @param {string[]} seats  the roster
   */
  keep(seats) {
    for (const [seat, leg] of this.#legs) {
      leg.listed ||= seats.includes(seat);
      if (!leg.listed || seats.includes(seat)) continue;
      leg.close();
      this.#legs.delete(seat);
      this.#mine.delete(seat);
    }
  }

  slots() {}

  watched() {}

  /** @param {import("./peer.js").Outgoing} outgoing */
  async send(outgoing) {
    this.#outgoing = outgoing;
    await Promise.all([...this.#legs.values()].map((leg) => leg.send()));
  }

  /** @param {string} seat */
  pictureOf(seat) {
    return this.#legs.get(seat)?.picture ?? null;
  }

  /** Look what came since the last look, and connect dead legs anew. */
  async beat() {
    const sum = { received: 0, lost: 0, rttMs: 0, alive: true, speaking: /** @type {string[]} */ ([]) };
    for (const leg of [...this.#legs.values()]) {
      const pulse = await pulseOf(leg.connection);
      leg.quietBeats = pulse.signs === leg.signs ? leg.quietBeats + 1 : 0;
      leg.signs = pulse.signs;
      sum.received += pulse.received;
      sum.lost += pulse.lost;
      sum.rttMs = Math.max(sum.rttMs, pulse.rttMs);
      if (pulse.heard > AUDIBLE) sum.speaking.push(leg.seat);
      if (!isAlive(leg) && this.#mine.has(leg.seat)) this.#offer(leg.seat);
    }
    return sum;
  }

  close() {
    for (const leg of this.#legs.values()) leg.close();
    this.#legs.clear();
  }

  /** @param {string} seat */
  #offer(seat) {
    return this.#anew(seat).offer();
  }

  /** @param {string} seat */
  #anew(seat) {
    this.#legs.get(seat)?.close();
    const leg = new Leg(seat, /** @type {import("./peer.js").Plan} */ (this.#plan), this.host, () => this.#outgoing);
    this.#legs.set(seat, leg);
    return leg;
  }
}

/**
 * Say whether a leg stands, or may still come to stand.
 * @param {Leg | undefined} leg
 */
function isAlive(leg) {
  if (!leg || leg.connection.connectionState === "failed") return false;
  return leg.stood ? leg.quietBeats < QUIET_BEATS : Date.now() - leg.startedAt < STUCK_MS;
}
