/** The notes of a room: opened when one looks at them, written together or plainly. */
import { byId, setAttribute, setShown, setText, slot } from "../lib/dom.js";
import { isolate } from "../lib/i18n.js";
import { readKept, writeKept } from "../lib/kept.js";
import { EditorNotes } from "./notes_editor.js";
import { PlainNotes } from "./notes_plain.js";
import { Surface } from "./notes_surface.js";

/** @typedef {{update: string, by?: number, name?: string}} NotesUpdated */

const WRITING_MS = 4_000;
const PLAIN_KEY = "majlis/notes/plain";

/**
 * Prepare the notes of a room, where the page has a place for them.
 * @param {import("../lib/page.js").LivePage} page
 * @param {number} [room]
 * @returns {Notes | null}
 */
export function beginNotes(page, room = page.room) {
  const panel = byId("notes");
  return panel ? new Notes(page, room, panel) : null;
}

export class Notes {
  /** @type {EditorNotes | PlainNotes | null} */
  way = null;
  #opened = false;
  #choices = 0;
  /** @type {any} */
  #seen;
  /** @type {NotesUpdated[]} */
  #early = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #writing;

  /**
   * @param {import("../lib/page.js").LivePage} page
   * @param {number} room
   * @param {HTMLElement} panel
   */
  constructor(page, room, panel) {
    this.page = page;
    this.room = room;
    this.panel = panel;
    this.stream = `notes/${room}`;
    this.surface = new Surface(/** @type {HTMLTextAreaElement} */ (slot(panel, "box")));
    this.plain = /** @type {HTMLInputElement} */ (slot(panel, "plain"));
    this.plain.checked = readKept("localStorage", PLAIN_KEY) ?? isSaving();
    this.plain.addEventListener("change", () => this.#switch());
    panel.addEventListener("click", (domEvent) => this.#clicked(domEvent));
    page.model.on("notes.updated", (event) => this.#told(event));
    page.model.watch(() => this.#look());
    page.onState(() => this.#draw());
    addEventListener("beforeunload", (domEvent) => this.way?.unsaved && page.line.state !== "live" && domEvent.preventDefault());
  }

  /** Begin to follow the notes; to be called whenever they are shown. */
  open() {
    if (this.#opened) return;
    this.#opened = true;
    this.page.line.follow(this.stream).catch(() => this.#say("refused"));
    void this.#choose();
  }

  /** Let go of the notes: their room was left. */
  close() {
    if (!this.#opened) return;
    this.#opened = false;
    this.way?.stop();
    this.way = null;
    this.surface.close();
    this.#seen = undefined;
    this.#early = [];
    setText(slot(this.panel, "who"), "");
    delete this.page.model.states[this.stream];
    this.page.line.leave(this.stream);
  }

  /**
   * Go to another room's notes, to be opened there.
   * @param {number} room
   */
  moveTo(room) {
    if (room === this.room) return;
    this.close();
    this.room = room;
    this.stream = `notes/${room}`;
  }

  async #choose() {
    const choice = ++this.#choices;
    const yjs = this.plain.checked ? null : await loadYjs(this.panel.dataset.yjs ?? "");
    if (!this.#opened || choice !== this.#choices) return;
    this.way?.stop();
    this.surface.close();
    this.plain.checked = !yjs;
    const wiring = this.#wiring(yjs ? "editor" : "plain");
    this.way = yjs ? new EditorNotes(yjs, wiring) : new PlainNotes(wiring);
    this.#seen = undefined;
    this.#look();
  }

  /** @param {string} way */
  #wiring(way) {
    const { page, room, surface } = this;
    return {
      surface,
      keptKey: `majlis/${page.me}/${room}/notes/${way}`,
      changed: () => this.#draw(),
      refresh: () => this.#refresh(),
      send: (/** @type {string} */ name, /** @type {Record<string, any>} */ body) => page.line.send(name, { room, ...body }),
      look: async () => {
        const answer = await fetch(`/api/v1/rooms/${room}/notes`);
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      },
    };
  }

  #switch() {
    writeKept("localStorage", PLAIN_KEY, this.plain.checked);
    if (this.#opened) this.#refresh();
    if (this.#opened) void this.#choose();
  }

  /** Let the server say the whole state again. */
  #refresh() {
    this.page.line.leave(this.stream);
    delete this.page.model.states[this.stream];
    this.#seen = undefined;
    this.page.line.follow(this.stream).catch(() => this.#say("refused"));
  }

  /** A state that is another one than before has come from the server whole. */
  #look() {
    const state = this.page.model.states[this.stream];
    if (!this.way || !state || state === this.#seen) return;
    this.#seen = state;
    this.way.reset(state);
    for (const event of this.#early.splice(0)) this.way.told(event);
    this.surface.box.readOnly = !this.page.may("notes.edit");
    this.#draw();
  }

  /** @param {NotesUpdated} event */
  #told(event) {
    if (!this.#opened) return;
    if (!this.way || !this.#seen) this.#early.push(event);
    else if (event.by !== this.page.me || this.way instanceof EditorNotes) this.way.told(event);
    if (event.name && event.by !== this.page.me) this.#sayWho(event.name);
  }

  /** @param {string} name */
  #sayWho(name) {
    const words = slot(this.panel, "who");
    setText(words, (words.dataset.words ?? "{name}").replace("{name}", isolate(name)));
    clearTimeout(this.#writing);
    this.#writing = setTimeout(() => setText(words, ""), WRITING_MS);
  }

  #draw() {
    if (!this.way || !this.#seen) return this.#say("loading");
    setText(slot(this.panel, "error"), this.way.failed);
    this.plain.disabled = this.way.unsaved || !this.panel.dataset.yjs;
    if (this.way.failed) return this.#say("refused");
    if (this.page.line.state !== "live") return this.#say("offline");
    this.#say(this.way.unsaved ? "saving" : "saved");
  }

  /** @param {string} name */
  #say(name) {
    setAttribute(this.panel, "data-state", name);
    for (const each of this.panel.querySelectorAll("[data-status]")) {
      setShown(each, /** @type {HTMLElement} */ (each).dataset.status === name);
    }
  }

  /** @param {MouseEvent} domEvent */
  #clicked(domEvent) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (domEvent.target).closest("[data-act]"));
    if (button?.dataset.act === "copy") void this.#copy(button);
    if (button?.dataset.act === "download") this.#download();
  }

  /** @param {HTMLElement} button  says when it is done */
  async #copy(button) {
    try {
      await navigator.clipboard.writeText(this.surface.text);
      setShown(slot(button, "done"), true);
      setTimeout(() => setShown(slot(button, "done"), false), WRITING_MS);
    } catch {
      this.surface.box.select();
    }
  }

  #download() {
    const address = URL.createObjectURL(new Blob([this.surface.text], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = this.panel.dataset.file ?? "notes.txt";
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), WRITING_MS);
  }
}

/** Tell whether this device asks to load little. */
function isSaving() {
  return Boolean(/** @type {any} */ (navigator).connection?.saveData);
}

/**
 * @param {string} address  empty where the server has none
 * @returns {Promise<import("./notes_editor.js").Yjs | null>}
 */
async function loadYjs(address) {
  if (!address) return null;
  return import(/* url */ address).catch(() => null);
}
