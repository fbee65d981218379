/** Who is in the call: the same rows as tiles or as a list, in words throughout. */
import { cloned, Rows, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { fillFace } from "../parts/faces.js";
import { word } from "./words.js";

/** @typedef {import("../state/call.js").CallSeat} CallSeat */

export class CallPeople {
  /**
   * @param {HTMLElement} root
   * @param {import("./call.js").Call} call
   */
  constructor(root, call) {
    this.call = call;
    this.list = /** @type {HTMLElement} */ (slot(root, "people"));
    this.rows = new Rows(this.list);
    this.list.addEventListener("click", (domEvent) => this.#clicked(/** @type {Element} */ (domEvent.target)));
    this.list.addEventListener("submit", (domEvent) => this.#moderates(domEvent));
  }

  draw() {
    const { seats, view } = this.call;
    setAttribute(this.list, "data-view", view);
    this.rows.show(
      seats.map((each) => each.seat),
      () => cloned("call-person"),
    );
    for (const seat of seats) this.#fill(/** @type {HTMLElement} */ (this.rows.get(seat.seat)), seat);
  }

  /**
   * @param {HTMLElement} row
   * @param {CallSeat} seat
   */
  #fill(row, seat) {
    const mine = seat.seat === this.call.seat;
    const speaking = this.call.speaking.includes(seat.seat);
    row.dataset.id = seat.seat;
    setAttribute(row, "data-speaking", speaking ? "" : null);
    fillFace(slot(row, "face"), seat.name, seat.person);
    setText(slot(row, "name"), seat.name);
    setShown(slot(row, "you"), mine);
    setShown(slot(row, "speaks"), speaking);
    setShown(slot(row, "hand"), Boolean(seat.hand_at));
    setText(slot(row, "state"), stateWords(seat).join(" · "));
    setShown(slot(row, "more"), this.call.mayModerate && !mine);
    setShown(slot(row, "allow"), Boolean(seat.muted));
    setAttribute(slot(row, "more"), "aria-label", word("moderate", { name: seat.name }));
    this.#picture(row, seat, mine);
  }

  /**
   * @param {HTMLElement} row
   * @param {CallSeat} seat
   * @param {boolean} mine
   */
  #picture(row, seat, mine) {
    const video = /** @type {HTMLVideoElement} */ (slot(row, "video"));
    const { own, view, withVideo, around } = this.call;
    const own_ = own.screen ? null : own.camera ? around.devices.camera : null;
    const sent = seat.screen || (seat.camera && view === "tiles");
    const track = mine ? (view === "tiles" ? own_ : null) : withVideo && sent ? this.call.engine?.pictureOf(seat.seat) : null;
    const shown = /** @type {MediaStream | null} */ (video.srcObject)?.getTracks()[0] ?? null;
    if (shown !== (track ?? null)) {
      video.srcObject = track ? new MediaStream([track]) : null;
      if (track) video.play().catch(() => {});
    }
    setShown(video, Boolean(track));
    setAttribute(row, "data-picture", track ? (seat.screen ? "screen" : mine ? "mine" : "camera") : null);
    setShown(slot(row, "float"), Boolean(track) && !mine && Boolean(document.pictureInPictureEnabled));
  }

  /** @param {Element} target */
  #clicked(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-act]"));
    const row = /** @type {HTMLElement | null} */ (button?.closest("[data-id]") ?? null);
    if (!button || !row) return;
    const seat = row.dataset.id ?? "";
    const acts = /** @type {Record<string, () => unknown>} */ ({
      more: () => this.#toggle(row),
      mute: () => this.#send("call.mute", { seat }),
      allow: () => this.#send("call.allow", { seat }),
      float: () => slot(row, "video").requestPictureInPicture?.().catch(() => {}),
    });
    acts[button.dataset.act ?? ""]?.();
  }

  /** @param {HTMLElement} row */
  #toggle(row) {
    const tools = slot(row, "tools");
    setShown(tools, tools.hidden);
    setAttribute(slot(row, "more"), "aria-expanded", !tools.hidden);
  }

  /** @param {SubmitEvent} domEvent */
  #moderates(domEvent) {
    domEvent.preventDefault();
    const form = /** @type {HTMLFormElement} */ (domEvent.target);
    const row = /** @type {HTMLElement} */ (form.closest("[data-id]"));
    const reason = String(new FormData(form).get("reason") ?? "").trim();
    this.#send("call.mute", { seat: row.dataset.id, hard: true, reason });
    form.reset();
    this.#toggle(row);
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} body
   */
  #send(name, body) {
    this.call.page.line.send(name, { room: this.call.room, ...body }).catch((refusal) => this.call.around.notices.show("refused", refusal.message));
  }
}

/** @param {CallSeat} seat */
function stateWords({ mic, camera, screen, hand_at, listen, muted, quality, state, saver }) {
  const voice = listen ? "listening" : muted ? "kept_muted" : mic ? "mic_on" : "mic_off";
  const shows = screen ? "shares" : camera ? "films" : "";
  const link = state === "recovering" ? "reconnecting" : state === "joining" ? "joining" : quality === "good" ? "" : quality;
  return [voice, shows, hand_at ? "hand_up" : "", link ? `at_${link}` : "", saver ? "saves" : ""].filter(Boolean).map((key) => word(key));
}
