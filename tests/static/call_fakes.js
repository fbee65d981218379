/** A browser's connections as far as the call's engines use them; a test says when they stand and what comes in. */

/** @type {FakeConnection[]} */
export const connections = [];

class FakeSender {
  track = null;
  parameters = { encodings: [{}] };

  async replaceTrack(track) {
    this.track = track;
  }

  getParameters() {
    return structuredClone(this.parameters);
  }

  async setParameters(parameters) {
    this.parameters = parameters;
  }
}

export class FakeConnection extends EventTarget {
  connectionState = "new";
  signalingState = "stable";
  bytes = 0;
  /** @type {any[]} */
  transceivers = [];
  /** @type {string[]} */
  candidates = [];
  remoteDescription = null;

  constructor(settings) {
    super();
    this.settings = settings;
    connections.push(this);
  }

  addTransceiver(kind, { direction }) {
    const transceiver = { kind, direction, preferred: [], sender: new FakeSender(), receiver: { track: { kind, of: this } } };
    this.transceivers.push({ ...transceiver, setCodecPreferences: (codecs) => (transceiver.preferred = codecs) });
    return this.transceivers.at(-1);
  }

  getTransceivers() {
    return this.transceivers;
  }

  async createOffer() {
    return { type: "offer", sdp: `offer of ${connections.indexOf(this)}` };
  }

  async createAnswer() {
    return { type: "answer", sdp: `answer of ${connections.indexOf(this)}` };
  }

  async setLocalDescription({ type }) {
    await this.held;
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    this.found({ candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 });
  }

  async setRemoteDescription({ type, sdp }) {
    this.remoteDescription = { type, sdp };
    if (type === "offer" && !this.transceivers.length) for (const kind of ["audio", "video"]) this.addTransceiver(kind, { direction: "recvonly" });
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    this.described = true;
  }

  async addIceCandidate({ candidate }) {
    if (!this.described) throw new Error("InvalidStateError");
    this.candidates.push(candidate);
  }

  async getStats() {
    return new Map([["t", { type: "transport", bytesReceived: this.bytes }]]);
  }

  found(candidate) {
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }

  turns(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  close() {
    this.connectionState = "closed";
  }
}

/** Put the fakes where a browser has the real ones. */
export function fakeBrowser() {
  connections.length = 0;
  globalThis.RTCPeerConnection = FakeConnection;
  const codecs = ["audio/opus", "audio/PCMU", "video/VP8", "video/rtx", "video/H264"].map((mimeType) => ({ mimeType }));
  globalThis.RTCRtpReceiver = { getCapabilities: (kind) => ({ codecs: codecs.filter((each) => each.mimeType.startsWith(kind)) }) };
}

/** What an engine asks of the call, kept for the test. */
export function fakeHost() {
  const host = {
    said: [],
    played: new Map(),
    troubles: [],
    say: (signal) => host.said.push(signal),
    play: (key, track) => host.played.set(key, track),
    trouble: (what) => host.troubles.push(what),
    changed: () => {},
  };
  return host;
}

/** Let everything happen that waits for nothing but its turn. */
export async function settled() {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}
