/** What both engines do with connections: make them, prefer codecs, limit what is sent, look whether they live. */

/**
 * @typedef {object} Plan  what the server gave for one connection
 * @property {number} gen
 * @property {RTCIceServer[]} [ice]
 * @property {boolean} [relay_only]
 *
 * @typedef {object} Outgoing  what the person sends now
 * @property {MediaStreamTrack | null} audio
 * @property {MediaStreamTrack | null} video
 * @property {boolean} screen  whether the picture is a screen
 * @property {boolean} saver
 *
 * @typedef {object} Pulse
 * @property {number} bytes  received in all
 * @property {number} signs  of life: bytes and the checks of the path, which go on in silence
 * @property {number} received  packets of sound
 * @property {number} lost
 * @property {number} rttMs
 * @property {number} heard  how loud the sound is now, between 0 and 1
 */

export const NOTHING = /** @type {Outgoing} */ ({ audio: null, video: null, screen: false, saver: false });
const CODECS = { audio: ["audio/opus"], video: ["video/VP8", "video/rtx"] };
const RELAY_MS = 3_000;
const VOICE_BITS = 24_000;
const VOICE_SAVER_BITS = 12_000;
const CAMERA_LIMIT = { maxBitrate: 300_000, maxFramerate: 15 };
const SCREEN_LIMIT = { maxBitrate: 500_000, maxFramerate: 5 };

/** @param {Plan} plan */
export function makeConnection({ ice = [], relay_only = false }) {
  return new RTCPeerConnection({
    iceServers: ice,
    iceTransportPolicy: relay_only ? "relay" : "all",
    bundlePolicy: "max-bundle",
  });
}

/**
 * Write a candidate as the wire wants it.
 * @param {RTCIceCandidate} found
 */
export function plain({ candidate, sdpMid, sdpMLineIndex }) {
  return { candidate, sdpMid, sdpMLineIndex };
}

/**
 * Offer nothing but Opus and VP8.
 * @param {RTCRtpTransceiver} transceiver
 * @param {"audio" | "video"} kind
 */
export function preferOurs(transceiver, kind) {
  const all = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const ours = all.filter((each) => CODECS[kind].includes(each.mimeType));
  if (ours.length && transceiver.setCodecPreferences) transceiver.setCodecPreferences(ours);
}

/**
 * Send what the person sends now; needs no negotiation.
 * @param {RTCRtpSender | undefined} audio
 * @param {RTCRtpSender | undefined} video
 * @param {Outgoing} outgoing
 */
export async function sendOn(audio, video, outgoing) {
  await replaced(audio, outgoing.audio);
  await replaced(video, outgoing.video);
  await limited(audio, { maxBitrate: outgoing.saver ? VOICE_SAVER_BITS : VOICE_BITS });
  await limited(video, outgoing.screen ? SCREEN_LIMIT : CAMERA_LIMIT);
}

/**
 * @param {RTCRtpSender | undefined} sender
 * @param {MediaStreamTrack | null} track
 */
async function replaced(sender, track) {
  if (sender && sender.track !== track) await sender.replaceTrack(track).catch(() => {});
}

/**
 * @param {RTCRtpSender | undefined} sender
 * @param {{maxBitrate: number, maxFramerate?: number}} limit
 */
async function limited(sender, limit) {
  const parameters = sender?.getParameters();
  const [encoding] = parameters?.encodings ?? [];
  if (!sender || !encoding || encoding.maxBitrate === limit.maxBitrate) return;
  Object.assign(encoding, limit);
  // Rather fewer pictures a second than small ones: otherwise browsers begin small, and take 20 seconds to grow.
  Object.assign(parameters ?? {}, { degradationPreference: "maintain-resolution" });
  // Before the answer, some browsers have nothing to limit yet.
  await sender.setParameters(/** @type {RTCRtpSendParameters} */ (parameters)).catch(() => {});
}

/**
 * @param {RTCPeerConnection} connection
 * @returns {Promise<Pulse>}
 */
export async function pulseOf(connection) {
  const pulse = { bytes: 0, signs: 0, received: 0, lost: 0, rttMs: 0, heard: 0 };
  for (const each of (await connection.getStats()).values()) {
    if (each.type === "transport") pulse.bytes += each.bytesReceived ?? 0;
    if (each.type === "candidate-pair" && each.nominated) {
      pulse.rttMs = (each.currentRoundTripTime ?? 0) * 1000;
      pulse.signs += (each.responsesReceived ?? 0) + (each.requestsReceived ?? 0);
    }
    if (each.type !== "inbound-rtp") continue;
    pulse.bytes += each.bytesReceived ?? 0;
    if (each.kind !== "audio") continue;
    pulse.received += each.packetsReceived ?? 0;
    pulse.lost += each.packetsLost ?? 0;
    pulse.heard = each.audioLevel ?? 0;
  }
  pulse.signs += pulse.bytes;
  return pulse;
}

/**
 * Wait until a connection stands.
 * @param {RTCPeerConnection} connection
 * @param {number} patienceMs
 * @returns {Promise<boolean>}
 */
export function stands(connection, patienceMs) {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), patienceMs);
    const look = () => {
      const state = connection.connectionState;
      if (state !== "connected" && state !== "failed" && state !== "closed") return;
      clearTimeout(timer);
      done(state === "connected");
    };
    connection.addEventListener("connectionstatechange", look);
    look();
  });
}

/**
 * Tell when a connection should have found a way through a relay and has not: wrong credentials give no error.
 * @param {RTCPeerConnection} connection
 * @param {Plan} plan
 * @param {() => void} tell
 */
export function watchRelay(connection, { ice = [], relay_only = false }, tell) {
  if (!ice.length && !relay_only) return;
  let relayed = false;
  connection.addEventListener("icecandidate", ({ candidate }) => {
    relayed ||= candidate?.type === "relay" || / typ relay /.test(candidate?.candidate ?? "");
  });
  setTimeout(() => {
    if (!relayed && connection.connectionState !== "connected" && connection.connectionState !== "closed") tell();
  }, RELAY_MS);
}

