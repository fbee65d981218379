/** The call's engines and its recovery, with connections and a clock that a test moves by hand. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Mesh } from "../../static/js/call/mesh.js";
import { Mixer } from "../../static/js/call/mixer.js";
import { Recovery } from "../../static/js/call/recovery.js";
import { connections, fakeBrowser, fakeHost, settled } from "./call_fakes.js";

beforeEach(() => {
  fakeBrowser();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
});
afterEach(() => mock.timers.reset());

const PLAN = { gen: 1, ice: [], relay_only: false };

test("the mixer's client offers sound both ways, one picture up and four down, in Opus and VP8, and names no server", async () => {
  const host = fakeHost();
  new Mixer(host).open(PLAN);
  await settled();
  const [connection] = connections;
  assert.deepEqual(
    connection.transceivers.map(({ kind, direction }) => `${kind} ${direction}`),
    ["audio sendrecv", "video sendonly", ...Array.from({ length: 4 }, () => "video recvonly")],
  );
  assert.deepEqual(connection.settings, { iceServers: [], iceTransportPolicy: "all", bundlePolicy: "max-bundle" });
  assert.deepEqual(host.said.map((each) => each.kind ?? "candidate"), ["offer", "candidate"]);
});

test("a relay is all that is used where addresses must not be seen", async () => {
  new Mixer(fakeHost()).open({ ...PLAN, relay_only: true });
  await settled();
  assert.equal(connections[0].settings.iceTransportPolicy, "relay");
});

test("a relay that gives no candidate within three seconds is told of", async () => {
  const host = fakeHost();
  new Mixer(host).open({ ...PLAN, ice: [{ urls: ["turn:relay.example"] }] });
  await settled();
  mock.timers.tick(2_900);
  assert.deepEqual(host.troubles, []);
  mock.timers.tick(200);
  assert.deepEqual(host.troubles, ["relay"]);
});

test("the old connection runs until the new one stands", async () => {
  const mixer = new Mixer(fakeHost());
  const first = mixer.open(PLAN);
  await settled();
  connections[0].turns("connected");
  assert.equal(await first, true);
  const second = mixer.open({ ...PLAN, gen: 2 });
  await settled();
  assert.equal(connections[0].connectionState, "connected");
  connections[1].turns("connected");
  assert.equal(await second, true);
  assert.equal(connections[0].connectionState, "closed");
});

test("a new connection that fails leaves the old one alone", async () => {
  const mixer = new Mixer(fakeHost());
  const first = mixer.open(PLAN);
  await settled();
  connections[0].turns("connected");
  await first;
  const second = mixer.open({ ...PLAN, gen: 2 });
  await settled();
  mock.timers.tick(8_000);
  assert.equal(await second, false);
  assert.deepEqual(connections.map((each) => each.connectionState), ["connected", "closed"]);
});

test("an answer of another generation is not taken", async () => {
  const mixer = new Mixer(fakeHost());
  mixer.open({ ...PLAN, gen: 3 });
  await settled();
  await mixer.signal({ sender: "", gen: 2, kind: "answer", sdp: "old" });
  assert.equal(connections[0].signalingState, "have-local-offer");
  await mixer.signal({ sender: "", gen: 3, kind: "answer", sdp: "new" });
  assert.equal(connections[0].signalingState, "stable");
});

test("who saves data packs sound in long frames, and as usual afterwards, without the server", async () => {
  const host = fakeHost();
  const mixer = new Mixer(host);
  const opened = mixer.open(PLAN);
  await settled();
  const [connection] = connections;
  await mixer.send({ audio: "mic", video: null, screen: false, saver: true });
  assert.equal(connection.signalingState, "have-local-offer");
  await mixer.signal({ gen: 1, kind: "answer", sdp: "a=fmtp:111 minptime=10;maxaveragebitrate=24000\r\na=ptime:20\r\n" });
  connection.turns("connected");
  await opened;
  await settled();
  const offers = () => host.said.filter(({ kind }) => kind === "offer").length;
  assert.equal(connection.remoteDescription.sdp, "a=fmtp:111 minptime=10;maxaveragebitrate=12000\r\na=ptime:60\r\n");
  await mixer.send({ audio: "mic", video: null, screen: false, saver: false });
  assert.match(connection.remoteDescription.sdp, /maxaveragebitrate=24000[^]*a=ptime:20/);
  assert.deepEqual([connection.signalingState, offers()], ["stable", 1]);
});

test("an answer that comes before one's own offer is set waits for it", async () => {
  const mixer = new Mixer(fakeHost());
  mixer.open(PLAN);
  let set = () => {};
  connections[0].held = new Promise((done) => (set = done));
  await settled();
  const taken = mixer.signal({ gen: 1, kind: "answer", sdp: "quick" });
  await settled();
  set();
  await taken;
  assert.deepEqual([connections[0].signalingState, connections[0].described], ["stable", true]);
});

test("what is sent changes without negotiation, within its limits, and stops while nobody watches", async () => {
  const host = fakeHost();
  const mixer = new Mixer(host);
  mixer.open(PLAN);
  await settled();
  const [audio, video] = connections[0].transceivers;
  const offers = host.said.length;
  await mixer.send({ audio: "mic", video: "camera", screen: false, saver: false });
  assert.deepEqual([audio.sender.track, video.sender.track], ["mic", "camera"]);
  assert.deepEqual(video.sender.parameters.encodings[0], { maxBitrate: 300_000, maxFramerate: 15 });
  await mixer.send({ audio: null, video: "screen", screen: true, saver: true });
  assert.deepEqual([audio.sender.track, video.sender.track, video.sender.parameters.encodings[0].maxFramerate], [null, "screen", 5]);
  assert.equal(audio.sender.parameters.encodings[0].maxBitrate, 12_000);
  await mixer.watched(false);
  assert.equal(video.sender.track, null);
  assert.equal(host.said.length, offers);
});

test("slots say whose picture is where", async () => {
  const mixer = new Mixer(fakeHost());
  mixer.open(PLAN);
  await settled();
  mixer.slots([null, "b", null, null]);
  assert.equal(mixer.pictureOf("b"), connections[0].transceivers[3].receiver.track);
  assert.equal(mixer.pictureOf("c"), null);
});

test("at a private table who came later offers to all who were there, and to nobody else", async () => {
  const host = fakeHost();
  await new Mesh(host, ["a", "b"]).open(PLAN);
  await settled();
  assert.deepEqual(host.said.filter((each) => each.kind === "offer").map((each) => each.to), ["a", "b"]);
  const first = fakeHost();
  await new Mesh(first, []).open(PLAN);
  assert.deepEqual(first.said, []);
});

test("a candidate before its description waits for it", async () => {
  const host = fakeHost();
  const mesh = new Mesh(host, ["a"]);
  await mesh.open(PLAN);
  await settled();
  await mesh.signal({ sender: "a", gen: 1, candidate: { candidate: "candidate:early" } });
  assert.deepEqual(connections[0].candidates, []);
  await mesh.signal({ sender: "a", gen: 1, kind: "answer", sdp: "x" });
  assert.deepEqual(connections[0].candidates, ["candidate:early"]);
});

test("an offer is answered, and a second one begins anew", async () => {
  const host = fakeHost();
  const mesh = new Mesh(host, []);
  await mesh.open(PLAN);
  await mesh.signal({ sender: "late", gen: 1, kind: "offer", sdp: "x" });
  assert.deepEqual(host.said[0].kind, "answer");
  assert.deepEqual(connections[0].transceivers.map((each) => each.direction), ["sendrecv", "sendrecv"]);
  await mesh.signal({ sender: "late", gen: 2, kind: "offer", sdp: "y" });
  assert.deepEqual(connections.map((each) => each.connectionState), ["closed", "new"]);
});

test("an offer that comes while one's own microphone is still asked for is answered then", async () => {
  const host = fakeHost();
  const mesh = new Mesh(host, []);
  await mesh.signal({ sender: "late", gen: 1, kind: "offer", sdp: "x" });
  await mesh.signal({ sender: "late", gen: 1, candidate: { candidate: "candidate:early" } });
  assert.deepEqual(host.said, []);
  await mesh.open(PLAN);
  assert.deepEqual([host.said[0]?.kind, connections[0]?.candidates], ["answer", ["candidate:early"]]);
});

test("when two offer at once, who came later goes on", async () => {
  const host = fakeHost();
  const mesh = new Mesh(host, ["a"]);
  await mesh.open(PLAN);
  await settled();
  await mesh.signal({ sender: "a", gen: 1, kind: "offer", sdp: "x" });
  assert.deepEqual([connections.length, host.said.filter((each) => each.kind === "answer").length], [1, 0]);
});

test("a connection that does not stand after eight seconds is built anew by who offers", async () => {
  const mesh = new Mesh(fakeHost(), ["a"]);
  await mesh.open(PLAN);
  await settled();
  mock.timers.tick(7_000);
  await mesh.beat();
  assert.equal(connections.length, 1);
  mock.timers.tick(2_000);
  await mesh.beat();
  assert.deepEqual([connections.length, connections[0].connectionState], [2, "closed"]);
});

test("who has left is let go", async () => {
  const host = fakeHost();
  const mesh = new Mesh(host, ["a", "b"]);
  await mesh.open(PLAN);
  mesh.keep(["of an older roster"]);
  assert.deepEqual(connections.map((each) => each.connectionState), ["new", "new"]);
  mesh.keep(["a", "b", "me"]);
  mesh.keep(["b", "me"]);
  assert.deepEqual(connections.map((each) => each.connectionState), ["closed", "new"]);
  assert.equal(host.played.get("a"), null);
});

/** A call whose engine's fate the test decides. */
function fakeCall(opens) {
  const call = {
    gens: 1,
    told: [],
    alive: true,
    engine: { open: async () => opens.shift() ?? true, beat: async () => ({ alive: call.alive, received: 0, lost: 0, rttMs: 0, speaking: null }) },
    again: async () => ({ ...PLAN, gen: (call.gens += 1) }),
    connected: () => call.told.push("connected"),
    rejoin: () => call.told.push("rejoin"),
    waits: (until) => until && call.told.push("waits"),
    beaten() {},
    draw() {},
  };
  return call;
}

async function pass(ms) {
  for (let gone = 0; gone < ms; gone += 250) {
    mock.timers.tick(250);
    await settled();
  }
}

test("two seconds without anything new begin the next generation", async () => {
  const call = fakeCall([true, true]);
  const recovery = new Recovery(call);
  await recovery.start(PLAN);
  await pass(3_000);
  assert.equal(call.gens, 1);
  call.alive = false;
  await pass(2_000);
  assert.deepEqual([call.gens, call.told], [2, ["connected", "connected"]]);
  recovery.stop();
});

test("attempts pause and go on until one succeeds", async () => {
  const call = fakeCall([true, false, false, false, true]);
  const recovery = new Recovery(call);
  await recovery.start(PLAN);
  recovery.recover();
  await pass(6_000);
  assert.equal(call.gens, 5);
  assert.deepEqual(call.told, ["connected", "waits", "waits", "waits", "connected"]);
  assert.equal(recovery.busy, false);
  recovery.stop();
});

test("a seat that is gone is taken again", async () => {
  const call = fakeCall([true]);
  call.again = async () => {
    throw Object.assign(new Error("gone"), { code: "call.gone" });
  };
  const recovery = new Recovery(call);
  call.rejoin = () => {
    call.told.push("rejoin");
    recovery.stop();
  };
  await recovery.start(PLAN);
  recovery.recover();
  await pass(1_000);
  assert.deepEqual(call.told, ["connected", "rejoin"]);
});

test("nobody recovers after the call has been left", async () => {
  const call = fakeCall([true, false, false]);
  const recovery = new Recovery(call);
  await recovery.start(PLAN);
  recovery.recover();
  await settled();
  recovery.stop();
  await pass(20_000);
  assert.equal(call.gens, 2);
});

test("what is to be sent by the time that an offer or an answer is made is sent, whatever was so when it was asked for", async () => {
  for (const first of [true, false]) {
    connections.length = 0;
    const mesh = new Mesh(fakeHost(), first ? ["b"] : []);
    const opened = mesh.open(PLAN);
    const signalled = first ? null : mesh.signal({ sender: "b", kind: "offer", sdp: "theirs" });
    const sent = mesh.send({ audio: "mic", video: null, screen: false, saver: false });
    await Promise.all([opened, signalled, sent]);
    assert.equal(connections[0].transceivers[0].sender.track, "mic", first ? "offering" : "answering");
  }
});
