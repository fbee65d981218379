/** The green room: everything about one's devices before anybody sees or hears anything; open in the call as well. */
import { setShown, slot } from "../lib/dom.js";
import { Meter, playTest } from "./sound.js";
import { keepWishes, readWishes } from "./wishes.js";
import { word } from "./words.js";

const PICKERS = /** @type {("mic" | "camera" | "speaker")[]} */ (["mic", "camera", "speaker"]);

export class GreenRoom {
  #open = false;
  #preview = false;
  /** @type {Promise<unknown>} */
  #asked = Promise.resolve();

  /**
   * @param {HTMLElement} root
   * @param {import("./call.js").Call} call
   */
  constructor(root, call) {
    this.call = call;
    this.form = /** @type {HTMLFormElement} */ (slot(root, "green"));
    this.video = /** @type {HTMLVideoElement} */ (slot(root, "preview"));
    this.level = /** @type {HTMLMeterElement} */ (slot(root, "level"));
    this.meter = new Meter((share) => (this.level.value = share));
    this.#field("muted").checked = readWishes().muted ?? true;
    this.#field("muted").addEventListener("change", () => keepWishes({ muted: this.#field("muted").checked }));
    this.#field("preview").addEventListener("change", () => this.#showPreview(this.#field("preview").checked));
    for (const what of PICKERS) this.#picker(what).addEventListener("change", () => this.#chosen(what));
    slot(root, "test").addEventListener("click", () => playTest().catch(() => call.around.notices.show("speaker", word("no_sound"))));
    this.form.addEventListener("submit", (domEvent) => {
      domEvent.preventDefault();
      this.#join();
    });
  }

  /** Open the microphone, so that one sees whether it works. */
  async enter() {
    this.#open = true;
    this.#asked = this.#try("mic");
    await this.#asked;
    await this.refresh();
  }

  leave() {
    if (!this.#open) return;
    this.#open = false;
    this.meter.stop();
    this.video.srcObject = null;
    this.#preview = this.#field("preview").checked = false;
    if (this.call.stage === "green" || this.call.stage === "closed") this.call.around.devices.closeAll();
    else if (!this.call.own.camera) this.call.around.devices.close("camera");
  }

  /** Write the lists of devices anew, and look at what is open. */
  async refresh() {
    if (!this.#open) return;
    const found = await this.call.around.devices.list();
    for (const what of PICKERS) this.#fill(what, found[what]);
    this.#show();
  }

  draw() {
    const { stage } = this.call;
    const opened = stage === "green" || stage === "joining";
    for (const each of this.form.querySelectorAll("[data-before]")) setShown(each, opened);
    for (const each of this.form.querySelectorAll("[data-within]")) setShown(each, !opened);
    /** @type {HTMLButtonElement} */ (this.form.querySelector("button:not([type])")).disabled = stage === "joining";
  }

  async #join() {
    // Who is quick with the button may be slow with the browser's question.
    const muted = this.#field("muted").checked;
    if (!muted) await this.#asked;
    await this.call.join({ mic: !muted && Boolean(this.call.around.devices.mic), camera: this.#preview });
  }

  /** @param {"mic" | "camera" | "speaker"} what */
  async #chosen(what) {
    const trouble = await this.call.around.devices.choose(what, this.#picker(what).value);
    if (trouble) this.call.around.notices.show(`trouble-${what}`, word(`${trouble}_${what}`));
    if (what === "speaker") this.call.around.players.again();
    await this.call.own.send();
    this.#show();
  }

  /** @param {boolean} on */
  async #showPreview(on) {
    this.#preview = on && !(await this.#try("camera"));
    this.#field("preview").checked = this.#preview;
    if (!this.#preview && !this.call.own.camera) this.call.around.devices.close("camera");
    await this.refresh();
  }

  /** @param {"mic" | "camera"} source */
  async #try(source) {
    const trouble = await this.call.around.devices.open(source);
    if (trouble) this.call.around.notices.show(`trouble-${source}`, word(`${trouble}_${source}`));
    else this.call.around.notices.hide(`trouble-${source}`);
    return trouble;
  }

  #show() {
    const { mic, camera } = this.call.around.devices;
    this.meter.watch(mic);
    setShown(this.video, this.#preview && Boolean(camera));
    this.video.srcObject = this.#preview && camera ? new MediaStream([camera]) : null;
  }

  /**
   * @param {"mic" | "camera" | "speaker"} what
   * @param {MediaDeviceInfo[]} devices
   */
  #fill(what, devices) {
    const picker = this.#picker(what);
    const chosen = readWishes()[what] ?? "";
    const options = devices.map(({ deviceId, label }, index) => new Option(label || `${picker.dataset.word} ${index + 1}`, deviceId));
    picker.replaceChildren(new Option(word("usual"), ""), ...options.filter((each) => each.value !== "default"));
    picker.value = options.some((each) => each.value === chosen) ? chosen : "";
    picker.disabled = devices.length === 0;
  }

  /** @param {"mic" | "camera" | "speaker"} what */
  #picker(what) {
    return /** @type {HTMLSelectElement} */ (this.form.elements.namedItem(what));
  }

  /** @param {"muted" | "preview"} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }
}
