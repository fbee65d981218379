/**
 * One socket for the page: it follows streams without gap or repetition, keeps commands until they are answered, and
 * comes back by itself. The wire is `majlis.v1`; see docs/protocol.md.
 */
import { forgetClock, heardClock } from "./clock.js";
import { newRef, Unanswered } from "./unanswered.js";

/**
 * @typedef {object} SocketLike
 * @property {number} readyState
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {string[]} [kept]  what came in before the page's module took over
 * @property {(text: string) => void} send
 * @property {(code?: number) => void} close
 *
 * @typedef {{code: string, message: string, retry_after_ms?: number}} WireError
 * @typedef {"connecting" | "live" | "lost" | "ended"} LineState
 *
 * @typedef {object} LineOptions
 * @property {() => SocketLike} connect
 * @property {string[]} streams
 * @property {Record<string, number>} [since]  the numbers at which the page was made
 * @property {number | null} [person]  whose page it is; another one's socket is not used
 * @property {(stream: string, event: any) => void} told
 * @property {(stream: string, state: any) => void} reset
 * @property {(state: LineState, why: string) => void} changed
 * @property {(stream: string, error: WireError) => void} [refused]  a stream that may not be followed any more
 */

const OPEN = 1;
const WELCOME_MS = 15_000;
const PROBE_MS = 8_000;
const WAKE_PROBE_MS = 3_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const NEVER_BACK = 4500;

export class Line {
  /** @type {LineState} */
  state = "connecting";
  /** @type {SocketLike | null} */
  #socket = null;
  #welcomed = false;
  #epoch = "";
  /** @type {Map<string, number>} */
  #last;
  /** @type {Map<string, string[]>} */
  #follows = new Map();
  /** @type {Set<string>} */
  #behind = new Set();
  /** @type {Map<string, {done: () => void, failed: (error: WireError) => void}>} */
  #more = new Map();
  #commands = new Unanswered({
    isUp: () => this.#welcomed,
    write: (text) => this.#write(text),
    doubt: () => this.#probe(PROBE_MS),
  });
  #attempts = 0;
  #hintMs = 0;
  #byeCode = "";
  #heartbeatMs = 15_000;
  #heard = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #comeBack;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #deadline;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #beat;

  /** @param {LineOptions} options */
  constructor(options) {
    this.options = options;
    this.streams = [...options.streams];
    this.#last = new Map(Object.entries(options.since ?? {}));
  }

  /** Open the socket; to be called once. */
  start() {
    this.#connect();
  }

  /** Close the socket for good. */
  stop() {
    this.#end("stopped");
  }

  /**
   * Send a command; it is sent again under the same ref until it is answered.
   * @param {string} name
   * @param {Record<string, any>} body
   * @param {import("./unanswered.js").SendOptions} [options]
   * @returns {Promise<any>}  its result; rejects with a Refusal
   */
  send(name, body, options) {
    return this.#commands.send(name, body, options);
  }

  /** Look at once whether the socket still lives: the machine has woken, or the network is back. */
  wake() {
    if (this.state === "ended") return;
    forgetClock();
    if (this.#welcomed) return this.#probe(WAKE_PROBE_MS);
    if (this.#comeBack === undefined) return;
    this.#attempts = Math.min(this.#attempts, 2);
    this.#comeBackIn(Math.random() * 300);
  }

  /**
   * Follow one stream more, until it is left; being refused it does not end the line.
   * @param {string} stream
   * @returns {Promise<void>}  when its state is there; rejects with the WireError
   */
  follow(stream) {
    if (this.streams.includes(stream)) return Promise.resolve();
    this.streams.push(stream);
    return new Promise((done, failed) => {
      this.#more.set(stream, { done, failed });
      if (this.#welcomed) this.#follow([stream]);
    });
  }

  /** @param {string} stream  one that follow() took up */
  leave(stream) {
    this.streams = this.streams.filter((name) => name !== stream);
    this.#more.delete(stream);
    this.#last.delete(stream);
    if (this.#welcomed) this.#write(JSON.stringify({ unfollow: [stream] }));
  }

  #connect() {
    clearTimeout(this.#comeBack);
    this.#comeBack = undefined;
    this.#welcomed = false;
    this.#byeCode = "";
    const socket = this.options.connect();
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#read(socket, data);
    socket.onclose = ({ code }) => this.#lost(socket, code);
    this.#watch(WELCOME_MS);
    for (const text of socket.kept?.splice(0) ?? []) this.#read(socket, text);
    if (socket.readyState > OPEN) this.#lost(socket, 1006);
  }

  /**
   * @param {SocketLike} socket
   * @param {string} text
   */
  #read(socket, text) {
    if (socket !== this.#socket) return;
    this.#heard = true;
    const found = JSON.parse(text);
    for (const frame of Array.isArray(found) ? found : [found]) {
      const kind = Object.keys(this.#frames).find((each) => each in frame);
      if (kind && socket === this.#socket) this.#frames[kind](frame);
    }
  }

  /** @type {Record<string, (frame: any) => void>} */
  #frames = {
    welcome: ({ welcome }) => this.#greeted(welcome),
    ok: ({ ok, result }) => this.#answered(ok, result),
    no: ({ no, error }) => this.#turnedDown(no, error),
    on: ({ on, seq, event }) => this.#told(on, seq, event),
    reset: ({ reset, seq, state }) => this.#startAfresh(reset, seq, state),
    bye: ({ bye }) => this.#sentOff(bye),
    pong: ({ pong, now }) => heardClock(now, pong),
  };

  /** @param {{epoch: string, you: {id: number} | null, now: string, heartbeat_ms: number}} welcome */
  #greeted(welcome) {
    const { person } = this.options;
    if (person !== undefined && (welcome.you?.id ?? null) !== person) return this.#end("person");
    if (this.#epoch && this.#epoch !== welcome.epoch) this.#last.clear();
    this.#epoch = welcome.epoch;
    this.#welcomed = true;
    this.#heartbeatMs = welcome.heartbeat_ms || this.#heartbeatMs;
    heardClock(welcome.now);
    clearTimeout(this.#deadline);
    this.#follows.clear();
    this.#behind.clear();
    this.#follow(this.streams);
    this.#commands.sayAll();
    this.#probe(PROBE_MS);
  }

  /** @param {string[]} names */
  #follow(names) {
    const ref = newRef();
    const known = names.filter((name) => this.#last.has(name));
    const since = Object.fromEntries(known.map((name) => [name, this.#last.get(name)]));
    this.#follows.set(ref, names);
    if (names.length) this.#write(JSON.stringify({ follow: names, ref, since }));
  }

  /**
   * @param {string} stream
   * @param {number | undefined} seq
   * @param {any} event
   */
  #told(stream, seq, event) {
    if (!this.streams.includes(stream) || this.#behind.has(stream)) return;
    if (seq !== undefined) {
      const last = this.#last.get(stream);
      if (last === undefined || seq <= last) return;
      if (seq > last + 1) return this.#catchUp(stream);
      this.#last.set(stream, seq);
    }
    this.options.told(stream, event);
  }

  /**
   * Something is missing: what comes now is dropped until the server has replayed from where we are.
   * @param {string} stream
   */
  #catchUp(stream) {
    this.#behind.add(stream);
    this.#follow([stream]);
  }

  /**
   * @param {string} stream
   * @param {number} seq
   * @param {any} state
   */
  #startAfresh(stream, seq, state) {
    if (!this.streams.includes(stream)) return;
    this.#behind.delete(stream);
    this.#last.set(stream, seq);
    this.options.reset(stream, state);
  }

  /**
   * @param {string} ref
   * @param {any} result
   */
  #answered(ref, result) {
    const names = this.#follows.get(ref);
    if (names) {
      this.#follows.delete(ref);
      for (const name of names) {
        this.#behind.delete(name);
        this.#more.get(name)?.done();
      }
      this.#attempts = 0;
      return this.#change("live", "");
    }
    this.#commands.answered(ref, result);
  }

  /**
   * @param {string | null} ref
   * @param {WireError} error
   */
  #turnedDown(ref, error) {
    if (ref === null) return;
    const names = this.#follows.get(ref);
    if (names) return this.#notFollowed(ref, names, error);
    this.#commands.refused(ref, error);
  }

  /**
   * @param {string} ref
   * @param {string[]} names
   * @param {WireError} error
   */
  #notFollowed(ref, names, error) {
    this.#follows.delete(ref);
    if (names.length > 1) return names.forEach((name) => this.#follow([name]));
    if (error.retry_after_ms !== undefined) return this.#drop();
    this.streams = this.streams.filter((name) => name !== names[0]);
    const more = this.#more.get(names[0]);
    if (more) more.failed(error);
    else this.options.refused?.(names[0], error);
  }

  /** @param {string} text */
  #write(text) {
    if (this.#socket?.readyState === OPEN) this.#socket.send(text);
  }

  /**
   * Ask for a sign of life. A browser that loses its network leaves sockets silently open.
   * @param {number} patienceMs
   */
  #probe(patienceMs) {
    this.#write(JSON.stringify({ ping: Date.now() }));
    this.#watch(patienceMs);
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => this.#probe(PROBE_MS), this.#heartbeatMs);
  }

  /** @param {number} patienceMs */
  #watch(patienceMs) {
    this.#heard = false;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#heard || this.#drop(), patienceMs);
  }

  /** Give a dead socket up without waiting for its closing handshake. */
  #drop() {
    if (this.#socket) this.#lost(this.#socket, 1006);
  }

  /** @param {{code: string, retry_after_ms?: number}} bye */
  #sentOff(bye) {
    this.#byeCode = bye.code;
    this.#hintMs = bye.retry_after_ms ?? 0;
  }

  /**
   * @param {SocketLike} socket
   * @param {number} code
   */
  #lost(socket, code) {
    if (socket !== this.#socket) return;
    this.#letGo();
    if (code >= NEVER_BACK) return this.#end(this.#byeCode || String(code));
    this.#change("lost", this.#byeCode);
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#comeBackIn(this.#hintMs + Math.random() * most);
    this.#hintMs = 0;
  }

  /** @param {number} ms */
  #comeBackIn(ms) {
    clearTimeout(this.#comeBack);
    this.#comeBack = setTimeout(() => this.#connect(), ms);
  }

  #letGo() {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    clearTimeout(this.#deadline);
    clearTimeout(this.#beat);
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    if (socket.readyState <= OPEN) socket.close();
  }

  /** @param {string} why */
  #end(why) {
    this.#letGo();
    clearTimeout(this.#comeBack);
    this.#change("ended", why);
  }

  /**
   * @param {LineState} state
   * @param {string} why
   */
  #change(state, why) {
    if (state === this.state) return;
    this.state = state;
    this.options.changed(state, why);
  }
}
