/** Sound on this machine: how loud the microphone is, a sound to test the speaker, the elements that play others. */
import { readWishes } from "./wishes.js";

const METER_MS = 100;
const TONES_HZ = [523, 659, 784];
const TONE_SECONDS = 0.25;
const LOUDNESS = 0.08;

/** @type {AudioContext | undefined} */
let soundContext;

function context() {
  soundContext ??= new AudioContext();
  soundContext.resume().catch(() => {});
  return soundContext;
}

/** Shows how loud a track is. */
export class Meter {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {MediaStreamAudioSourceNode | undefined} */
  #source;

  /** @param {(share: number) => void} show  between 0 and 1 */
  constructor(show) {
    this.show = show;
  }

  /** @param {MediaStreamTrack | null} track */
  watch(track) {
    this.stop();
    if (!track) return;
    const analyser = context().createAnalyser();
    analyser.fftSize = 512;
    this.#source = context().createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.show(loudness(samples));
    }, METER_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = undefined;
    this.show(0);
  }
}

/**
 * Give the loudness of samples on a scale that an ear would draw: -60 dB is nothing, 0 dB everything.
 * @param {ArrayLike<number>} samples
 */
export function loudness(samples) {
  const power = Array.from(samples).reduce((sum, each) => sum + each * each, 0) / samples.length;
  return power ? Math.min(1, Math.max(0, 1 + Math.log10(power) / 6)) : 0;
}

/** Play three tones on the speaker that was chosen. */
export async function playTest() {
  const out = context().createMediaStreamDestination();
  const gain = context().createGain();
  gain.gain.value = LOUDNESS;
  gain.connect(out);
  TONES_HZ.forEach((pitch, index) => {
    const tone = context().createOscillator();
    tone.frequency.value = pitch;
    tone.connect(gain);
    tone.start(context().currentTime + index * TONE_SECONDS);
    tone.stop(context().currentTime + (index + 1) * TONE_SECONDS);
  });
  const player = new Audio();
  player.srcObject = out.stream;
  await throughSpeaker(player);
  await player.play();
  await new Promise((done) => setTimeout(done, (TONES_HZ.length + 1) * TONE_SECONDS * 1000));
  player.srcObject = null;
}

/** @param {HTMLMediaElement} player */
async function throughSpeaker(player) {
  const id = readWishes().speaker ?? "";
  if ("setSinkId" in player && player.sinkId !== id) await player.setSinkId(id).catch(() => {});
}

/** The elements through which others are heard, by key; browsers may refuse to play before a click. */
export class Players {
  /** @type {Map<string, HTMLAudioElement>} */
  #byKey = new Map();

  /**
   * @param {HTMLElement} place
   * @param {(refused: boolean) => void} told
   */
  constructor(place, told) {
    this.place = place;
    this.told = told;
  }

  /**
   * @param {string} key
   * @param {MediaStreamTrack | null} track  null ends it
   */
  play(key, track) {
    const player = this.#byKey.get(key) ?? new Audio();
    if (!track) {
      player.srcObject = null;
      player.remove();
      this.#byKey.delete(key);
      return;
    }
    player.srcObject = new MediaStream([track]);
    if (!this.#byKey.has(key)) this.place.append(player);
    this.#byKey.set(key, player);
    this.#start(player);
  }

  /** Try again, after a click, or on another speaker. */
  again() {
    for (const player of this.#byKey.values()) this.#start(player);
  }

  end() {
    for (const key of [...this.#byKey.keys()]) this.play(key, null);
  }

  /** @param {HTMLAudioElement} player */
  async #start(player) {
    await throughSpeaker(player);
    await player.play().then(
      () => this.told(false),
      (error) => error.name === "NotAllowedError" && this.told(true),
    );
  }
}
