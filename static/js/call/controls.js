/** The call's own controls: what shows at which stage, the buttons, the state in words, the small view. */
import { setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { formatList } from "../lib/i18n.js";
import { startCallKeys } from "./keys.js";
import { readWishes, keepWishes } from "./wishes.js";
import { apart, word } from "./words.js";

const COUNT_MS = 500;
const STAGES = /** @type {Record<string, string[]>} */ ({
  door: ["closed"],
  green: ["green", "joining"],
  inside: ["inside"],
  lane: ["inside", "text"],
  reading: ["text"],
});
const FIRST_FOCUS = /** @type {Record<string, string>} */ ({
  closed: "[data-act=open]",
  green: "[data-slot=green] button:not([type])",
  inside: "[data-act=mic]",
  text: "[data-act=back]",
});

class Controls {
  #mini = false;
  #devices = false;
  #stage = "closed";
  #status = "";
  /** @type {any} */
  #lock = null;

  /**
   * @param {HTMLElement} root
   * @param {import("./call.js").Call} call
   * @param {import("./green.js").GreenRoom} green
   */
  constructor(root, call, green) {
    this.root = root;
    this.call = call;
    this.green = green;
    root.addEventListener("click", (domEvent) => this.#clicked(/** @type {Element} */ (domEvent.target)));
    this.saver = /** @type {HTMLSelectElement} */ (root.querySelector("[name=saver]"));
    this.mode = /** @type {HTMLSelectElement} */ (root.querySelector("[name=mode]"));
    this.saver.value = readWishes().saver ?? "auto";
    this.saver.addEventListener("change", () => this.#save());
    this.mode.addEventListener("change", () => this.#choose(this.mode.value));
    startCallKeys(root, call, { m: this.#acts.mic, c: this.#acts.camera, h: this.#acts.hand, l: this.#acts.leave });
    document.addEventListener("visibilitychange", () => this.#stayAwake());
    setInterval(() => this.#count(), COUNT_MS);
  }

  draw() {
    const { call, root } = this;
    if (call.stage !== "green" && call.stage !== "joining" && !this.#devices) this.green.leave();
    root.dataset.stage = call.stage;
    setAttribute(root, "data-mini", this.#mini && call.stage === "inside" ? "" : null);
    for (const [part, stages] of Object.entries(STAGES)) setShown(slot(root, part), stages.includes(call.stage));
    setShown(slot(root, "green"), STAGES.green.includes(call.stage) || (this.#devices && call.stage === "inside"));
    this.#drawButtons();
    this.#drawState();
    this.#drawRest();
    this.#focus();
    this.#stayAwake();
  }

  /** @type {Record<string, () => unknown>} */
  #acts = {
    mic: () => this.call.own.setMic(!this.call.own.mic),
    camera: () => this.call.own.setCamera(!this.call.own.camera),
    screen: () => this.call.own.setScreen(!this.call.own.screen),
    hand: () => this.call.own.setHand(!this.call.own.hand),
    leave: () => this.call.leave(),
    cancel: () => this.call.leave(),
    close: () => this.call.leave(),
    listen: () => this.call.join({ listen: true }),
    back: () => this.call.join({}),
    retry: () => this.#retry(),
    view: () => this.call.setView(this.call.view === "list" ? "tiles" : "list"),
    mini: () => this.#shrink(!this.#mini),
    devices: () => this.#toDevices(!this.#devices),
    engine: () => this.#changeEngine(),
  };

  /** @param {Element} target */
  #clicked(target) {
    const act = /** @type {HTMLElement | null} */ (target.closest("[data-act]"))?.dataset.act ?? "";
    if (!target.closest("[data-id]")) this.#acts[act]?.();
  }

  #drawButtons() {
    const { own, view, withVideo } = this.call;
    const pressed = { mic: own.mic, camera: own.camera, screen: own.screen, hand: own.hand, view: view === "list", devices: this.#devices };
    for (const [act, on] of Object.entries(pressed)) {
      const button = this.root.querySelector(`[data-slot=inside] [data-act=${act}]`);
      setAttribute(button, "aria-pressed", on);
      setText(button && slot(button, "state"), word(on ? "on" : "off"));
    }
    const shares = Boolean(/** @type {any} */ (navigator.mediaDevices)?.getDisplayMedia);
    setShown(this.root.querySelector("[data-act=screen]"), shares);
    setAttribute(this.root.querySelector("[data-act=mini]"), "aria-expanded", !this.#mini);
    this.mode.value = withVideo ? "all" : "sound";
    setShown(slot(this.root, "engine"), this.call.mayModerate);
    setText(slot(this.root, "engine"), word(this.call.plan.engine === "mesh" ? "make_mixed" : "make_private"));
  }

  #drawState() {
    const { call } = this;
    const status = call.stage === "inside" ? stateOf(call) : call.stage === "joining" ? "joining" : "";
    // Said once, when it changes; the seconds are for the eyes only.
    if (status !== this.#status) setText(slot(this.root, "status"), status && word(`link_${status}`));
    this.#status = status;
    setAttribute(this.root, "data-link", status || null);
    setShown(this.root.querySelector("[data-act=retry]"), call.waitsUntil > 0);
    this.#count();
  }

  #drawRest() {
    const { call } = this;
    setText(slot(this.root, "count"), call.seats.length);
    const names = call.seats.filter((each) => call.speaking.includes(each.seat)).map((each) => apart(each.name));
    setText(slot(this.root, "speaker"), names.length ? word("speaking", { names: formatList(names) }) : word("quiet"));
    const hears = call.plan.engine === "mesh" ? (call.plan.relay_only ? "hears_not_relayed" : "hears_not") : "hears";
    setText(slot(this.root, "hears"), call.stage === "inside" ? word(hears) : "");
  }

  /** Where the focus was on something that is not there any more, it goes on to the next thing to do. */
  #focus() {
    const { stage } = this.call;
    if (stage === this.#stage || stage === "joining") return;
    this.#stage = stage;
    const active = document.activeElement;
    if (active && active !== document.body && (!this.root.contains(active) || /** @type {HTMLElement} */ (active).checkVisibility?.())) return;
    /** @type {HTMLElement | null} */ (this.root.querySelector(FIRST_FOCUS[stage] ?? ""))?.focus();
  }

  #count() {
    const seconds = Math.max(0, Math.ceil((this.call.waitsUntil - Date.now()) / 1000));
    setText(slot(this.root, "countdown"), this.call.waitsUntil ? word("next_try", { n: seconds }) : "");
  }

  #retry() {
    this.call.page.line.wake();
    this.call.recovery.hurry();
  }

  #save() {
    const wish = /** @type {"auto" | "on" | "off"} */ (this.saver.value);
    keepWishes({ saver: wish });
    this.call.saver.wish = wish;
    this.call.savingChanged();
    this.call.draw();
  }

  /** @param {string} mode */
  #choose(mode) {
    if (mode === "text") this.call.leave("text");
    else this.call.setVideo(mode === "all");
  }

  /** @param {boolean} mini */
  #shrink(mini) {
    this.#mini = mini;
    this.call.draw();
  }

  /** @param {boolean} open */
  #toDevices(open) {
    this.#devices = open;
    if (open) this.green.enter();
    else this.green.leave();
    this.call.draw();
  }

  #changeEngine() {
    const engine = this.call.plan.engine === "mesh" ? "mixer" : "mesh";
    const { page, room, around } = this.call;
    page.line.send("call.engine", { room, engine }).catch((refusal) => around.notices.show("refused", refusal.message));
  }

  async #stayAwake() {
    const wanted = this.call.stage === "inside" && !document.hidden;
    if (wanted && !this.#lock && "wakeLock" in navigator) {
      this.#lock = navigator.wakeLock.request("screen").catch(() => null);
      const lock = await this.#lock;
      lock?.addEventListener("release", () => (this.#lock = null));
    } else if (!wanted && this.#lock) {
      const lock = await this.#lock;
      this.#lock = null;
      lock?.release();
    }
  }
}

/**
 * @param {import("./call.js").Call} call
 * @returns {string}
 */
function stateOf(call) {
  if (call.recovery.busy) return navigator.onLine && call.page.line.state === "live" ? "reconnecting" : "lost";
  return call.wasConnected ? call.steady.level : "connecting";
}

/**
 * @param {HTMLElement} root
 * @param {import("./call.js").Call} call
 * @param {import("./green.js").GreenRoom} green
 */
export function startControls(root, call, green) {
  return new Controls(root, call, green);
}
