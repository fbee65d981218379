/** The person's microphone, camera and screen: opened when they are wanted, closed when they are not. */
import { keepWishes, readWishes } from "./wishes.js";

/** @typedef {"mic" | "camera" | "screen"} Source */
/** @typedef {"denied" | "none" | "busy" | "unable" | "cancelled"} Trouble */

const TROUBLES = /** @type {Record<string, Trouble>} */ ({
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
});
const CAMERA = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { max: 15 } };
const SCREEN = { video: { frameRate: { max: 5 } }, audio: false };
const PICKED = { mic: "audioinput", camera: "videoinput", speaker: "audiooutput" };

/**
 * @param {unknown} error  what the browser threw
 * @param {Source} source
 * @returns {Trouble}
 */
export function troubleOf(error, source) {
  const trouble = TROUBLES[/** @type {Error} */ (error)?.name] ?? "unable";
  // A screen that was not chosen is no trouble.
  return source === "screen" && trouble === "denied" ? "cancelled" : trouble;
}

export class Devices {
  /** @type {Record<Source, MediaStreamTrack | null>} */
  #tracks = { mic: null, camera: null, screen: null };

  /** @param {{lost: (source: Source) => void, changed: () => void}} told  lost: unplugged, or ended from outside */
  constructor(told) {
    this.told = told;
    navigator.mediaDevices?.addEventListener("devicechange", () => told.changed());
  }

  get mic() {
    return this.#tracks.mic;
  }

  get camera() {
    return this.#tracks.camera;
  }

  get screen() {
    return this.#tracks.screen;
  }

  /**
   * Open a source, or find it open.
   * @param {Source} source
   * @returns {Promise<Trouble | "">}
   */
  async open(source) {
    if (this.#tracks[source]?.readyState === "live") return "";
    try {
      const stream = await this.#asked(source);
      this.#hold(source, stream.getTracks()[0]);
      return "";
    } catch (error) {
      return troubleOf(error, source);
    }
  }

  /** @param {Source} source */
  close(source) {
    const track = this.#tracks[source];
    this.#tracks[source] = null;
    track?.stop();
  }

  closeAll() {
    for (const source of /** @type {Source[]} */ (["mic", "camera", "screen"])) this.close(source);
  }

  /**
   * Take another device from now on.
   * @param {"mic" | "camera" | "speaker"} what
   * @param {string} id
   * @returns {Promise<Trouble | "">}
   */
  async choose(what, id) {
    keepWishes({ [what]: id });
    if (what === "speaker" || !this.#tracks[what]) return "";
    this.close(what);
    return this.open(what);
  }

  /**
   * List what can be chosen; without permission names are empty.
   * @returns {Promise<Record<"mic" | "camera" | "speaker", MediaDeviceInfo[]>>}
   */
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const named = all.filter((each) => each.deviceId);
    const of = (/** @type {"mic" | "camera" | "speaker"} */ what) => named.filter((each) => each.kind === PICKED[what]);
    return { mic: of("mic"), camera: of("camera"), speaker: of("speaker") };
  }

  /** @param {Source} source */
  #asked(source) {
    if (source === "screen") return navigator.mediaDevices.getDisplayMedia(SCREEN);
    const id = readWishes()[source];
    const device = id ? { deviceId: { ideal: id } } : {};
    if (source === "camera") return navigator.mediaDevices.getUserMedia({ video: { ...CAMERA, ...device } });
    const clear = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    return navigator.mediaDevices.getUserMedia({ audio: { ...clear, ...device } });
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack} track
   */
  #hold(source, track) {
    if (source === "screen") track.contentHint = "detail";
    this.#tracks[source] = track;
    track.addEventListener("ended", () => {
      if (this.#tracks[source] !== track) return;
      this.#tracks[source] = null;
      this.told.lost(source);
    });
  }
}
