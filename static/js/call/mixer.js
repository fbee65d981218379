/** The mixer's client: one connection to the server, offered once; whatever changes later needs no negotiation. */
import { makeConnection, NOTHING, plain, preferOurs, pulseOf, sendOn, stands, watchRelay } from "./peer.js";

/**
 * @typedef {object} Host  what an engine may ask of the call around it
 * @property {(signal: Record<string, any>) => void} say  sends a signal
 * @property {(key: string, track: MediaStreamTrack | null) => void} play
 * @property {(trouble: "relay" | "down") => void} trouble
 * @property {() => void} changed  other pictures are there
 */

const SLOTS = 4;
const OPEN_MS = 8_000;
const LONG = /a=ptime:60/;
/** How sound is packed as usual, and when saving: ms in a packet, and bit/s. */
const PACKINGS = [["20", "24000"], ["60", "12000"]];

/** One connection of one generation. */
class MixerLink {
  #described = false;
  #saving = false;
  /** @type {RTCIceCandidateInit[]} */
  #early = [];
  #work = Promise.resolve();

  /**
   * @param {import("./peer.js").Plan} plan
   * @param {Host} host
   */
  constructor(plan, host) {
    this.gen = plan.gen;
    this.host = host;
    this.connection = makeConnection(plan);
    const add = (/** @type {"audio" | "video"} */ kind, /** @type {RTCRtpTransceiverDirection} */ direction) => {
      const transceiver = this.connection.addTransceiver(kind, { direction });
      preferOurs(transceiver, kind);
      return transceiver;
    };
    this.audio = add("audio", "sendrecv");
    this.video = add("video", "sendonly");
    this.slots = Array.from({ length: SLOTS }, () => add("video", "recvonly"));
    watchRelay(this.connection, plan, () => host.trouble("relay"));
    this.connection.addEventListener("icecandidate", ({ candidate }) => this.#found(candidate));
  }

  offer() {
    this.#work = this.#offer();
    return this.#work;
  }

  async #offer() {
    const offer = await this.connection.createOffer();
    // Said before candidates can be: they mean nothing without it.
    this.host.say({ gen: this.gen, kind: "offer", sdp: offer.sdp });
    await this.connection.setLocalDescription(offer);
  }

  /**
   * Take a signal, after what came before: an answer may be here sooner than one's own offer is set.
   * @param {{kind?: string, sdp?: string, candidate?: RTCIceCandidateInit | null}} signal
   */
  signal(signal) {
    this.#work = this.#work.then(() => this.#signal(signal));
    return this.#work;
  }

  /** @param {{kind?: string, sdp?: string, candidate?: RTCIceCandidateInit | null}} signal */
  async #signal({ kind, sdp, candidate }) {
    if (kind === "answer" && sdp && this.connection.signalingState === "have-local-offer") {
      await this.connection.setRemoteDescription({ type: "answer", sdp });
      this.#described = true;
      this.#saving = LONG.test(sdp);
      for (const early of this.#early.splice(0)) await this.connection.addIceCandidate(early).catch(() => {});
    }
    if (!candidate?.candidate) return;
    if (this.#described) await this.connection.addIceCandidate(candidate).catch(() => {});
    else this.#early.push(candidate);
  }

  /**
   * Pack what is said in long frames, or as usual: the same answer once more, with other words about that. The server
   * need not know; on a slow line the headers of fifty packets a second take more than the sound.
   * @param {boolean} saver
   */
  pack(saver) {
    this.#work = this.#work.then(() => this.#pack(saver)).catch(() => {});
    return this.#work;
  }

  /** @param {boolean} saver */
  async #pack(saver) {
    const answer = this.connection.remoteDescription?.sdp;
    if (!answer || saver === this.#saving || this.connection.signalingState !== "stable") return;
    this.#saving = saver;
    const [ms, bits] = PACKINGS[Number(saver)];
    const sdp = answer.replace(/a=ptime:\d+/g, `a=ptime:${ms}`).replace(/maxaveragebitrate=\d+/g, `maxaveragebitrate=${bits}`);
    await this.connection.setLocalDescription(await this.connection.createOffer());
    await this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  close() {
    this.connection.close();
  }

  /** @param {RTCIceCandidate | null} found */
  #found(found) {
    if (!found) this.host.say({ gen: this.gen, end: true });
    // The mixer takes no TCP.
    else if (found.candidate && found.protocol !== "tcp") this.host.say({ gen: this.gen, candidate: plain(found) });
  }
}

export class Mixer {
  /** @type {MixerLink | null} */
  #now = null;
  /** @type {MixerLink | null} */
  #next = null;
  /** @type {(string | null)[]} */
  #slots = [];
  #outgoing = NOTHING;
  #watched = true;
  #bytes = 0;

  /** @param {Host} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * Connect; what runs keeps running until the new connection stands.
   * @param {import("./peer.js").Plan} plan
   * @returns {Promise<boolean>}  whether it stands
   */
  async open(plan) {
    this.#next?.close();
    const link = new MixerLink(plan, this.host);
    this.#next = link;
    link.connection.addEventListener("connectionstatechange", () => {
      if (link === this.#now && link.connection.connectionState === "failed") this.host.trouble("down");
    });
    if (!this.#now) this.host.play("mix", link.audio.receiver.track);
    await this.#sendOn(link);
    await link.offer();
    const up = await stands(link.connection, OPEN_MS);
    if (this.#next !== link) return false;
    this.#next = null;
    if (up) this.#take(link);
    else link.close();
    return up;
  }

  /** @param {any} event  a signal from the server */
  async signal(event) {
    const link = [this.#next, this.#now].find((each) => each?.gen === event.gen);
    await link?.signal(event).catch(() => this.host.trouble("down"));
  }

  /** @param {(string | null)[]} slots  whose picture is in each */
  slots(slots) {
    this.#slots = slots;
    this.host.changed();
  }

  /** @param {boolean} on  whether anybody watches what is sent */
  async watched(on) {
    this.#watched = on;
    await this.send(this.#outgoing);
  }

  /** @param {import("./peer.js").Outgoing} outgoing */
  async send(outgoing) {
    this.#outgoing = outgoing;
    for (const link of [this.#now, this.#next]) if (link) await this.#sendOn(link);
  }

  /**
   * @param {string} seat
   * @returns {MediaStreamTrack | null}
   */
  pictureOf(seat) {
    const at = this.#slots.indexOf(seat);
    return (at >= 0 && (this.#now ?? this.#next)?.slots[at]?.receiver.track) || null;
  }

  /** Look what came since the last look. */
  async beat() {
    if (!this.#now) return null;
    const pulse = await pulseOf(this.#now.connection);
    const alive = pulse.bytes !== this.#bytes;
    this.#bytes = pulse.bytes;
    return { ...pulse, alive, speaking: null };
  }

  close() {
    this.#now?.close();
    this.#next?.close();
    this.#now = this.#next = null;
    this.host.play("mix", null);
  }

  /** @param {MixerLink} link */
  #take(link) {
    this.#now?.close();
    this.#now = link;
    this.host.play("mix", link.audio.receiver.track);
    this.#sendOn(link);
    this.host.changed();
  }

  /** @param {MixerLink} link */
  async #sendOn(link) {
    const shown = this.#watched ? this.#outgoing.video : null;
    await sendOn(link.audio.sender, link.video.sender, { ...this.#outgoing, video: shown });
    if (link.connection.connectionState === "connected") await link.pack(this.#outgoing.saver);
  }
}
