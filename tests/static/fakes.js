/** A socket and a clock that a test moves by hand. */
import { mock } from "node:test";

/** A server's end of a socket: what was sent is kept, and what comes is said by the test. */
export class FakeSocket {
  readyState = 0;
  /** @type {any[]} */
  sent = [];
  onmessage = null;
  onclose = null;

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  /** Let frames come in, together in one message when there are several. */
  says(...frames) {
    this.readyState = 1;
    this.onmessage?.({ data: JSON.stringify(frames.length === 1 ? frames[0] : frames) });
  }

  greets(more = {}) {
    const now = new Date(Date.now()).toISOString();
    this.says({ welcome: { v: 1, epoch: "e1", you: { id: 2 }, now, limits: {}, heartbeat_ms: 15_000, ...more } });
  }

  /** Answer the newest follow: every stream stands at these numbers. */
  follows(heads) {
    const follow = this.newest("follow");
    this.says({ ok: follow.ref, result: Object.fromEntries(Object.entries(heads).map(([name, seq]) => [name, { seq }])) });
  }

  dies(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  newest(kind) {
    return this.sent.findLast((frame) => kind in frame);
  }

  all(kind) {
    return this.sent.filter((frame) => kind in frame);
  }
}

/** Stop the clock; `pass(ms)` moves it. */
export function frozenClock() {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.parse("2023-04-12T09:30:00Z") });
  return {
    pass: (ms) => mock.timers.tick(ms),
    end: () => mock.timers.reset(),
  };
}
