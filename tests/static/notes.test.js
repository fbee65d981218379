/** Shared notes in the browser: carets, composed words, merging, lost links. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mock, test } from "node:test";

globalThis.document = { documentElement: { lang: "en", dataset: {} }, getElementById: () => null, hidden: false };

const { caretAfter, fromBase64url, inPieces, rebased, spliceBetween, spliced, toBase64url, withoutTricks } = await import("../../static/js/lib/splice.js");
const { Surface } = await import("../../static/js/parts/notes_surface.js");
const { EditorNotes } = await import("../../static/js/parts/notes_editor.js");
const { PlainNotes, part, withAround } = await import("../../static/js/parts/notes_plain.js");
const built = new URL("../../static/vendor/yjs.js", import.meta.url);
const yjs = existsSync(built) ? await import(built.href) : null;

/** A textarea as far as notes know one. */
class Box extends EventTarget {
  value = "";
  selectionStart = 0;
  selectionEnd = 0;
  selectionDirection = "none";
  scrollTop = 0;

  setSelectionRange(start, end) {
    [this.selectionStart, this.selectionEnd] = [start, end];
  }

  type(at, gone, letters) {
    this.value = spliced(this.value, { at, gone, letters });
    this.setSelectionRange(at + letters.length, at + letters.length);
    this.dispatchEvent(new Event("input"));
  }
}

function random(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function kept() {
  const held = new Map();
  globalThis.sessionStorage = { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value), removeItem: (key) => held.delete(key) };
  return held;
}

function wired(send, more = {}) {
  const surface = new Surface(new Box());
  return { surface, send, look: async () => ({}), refresh: () => {}, changed: () => {}, keptKey: `k${Math.random()}`, ...more };
}

const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

test("a splice makes one text the other, whatever they are", () => {
  const below = random(3);
  const word = () => Array.from({ length: below(9) }, () => ["a", "b", "😀", "😁", "\n"][below(5)]).join("");
  for (let turn = 0; turn < 500; turn += 1) {
    const [before, after] = [word(), word()];
    const splice = spliceBetween(before, after, below(after.length + 1));
    assert.equal(spliced(before, splice), after);
    assert.ok(splice.letters.isWellFormed() && before.slice(splice.at, splice.at + splice.gone).isWellFormed());
  }
});

test("among equal letters the caret tells which was typed", () => {
  assert.deepEqual(spliceBetween("aaa", "aaaa", 2), { at: 1, gone: 0, letters: "a" });
});

test("a caret stays with its letter when others write before it", () => {
  assert.equal(caretAfter(5, { at: 2, gone: 1, letters: "xyz" }), 7);
  assert.equal(caretAfter(2, { at: 2, gone: 0, letters: "xyz" }), 2);
  assert.equal(caretAfter(4, { at: 2, gone: 5, letters: "x" }), 3);
});

test("pieces are never cut inside a letter, and bytes come back from base64", () => {
  assert.deepEqual(inPieces("a😀b😀", 2), ["a", "😀", "b", "😀"]);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.match(toBase64url(bytes), /^[\w-]+$/);
  assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
});

test("signs that nobody sees are taken out of what is pasted", () => {
  assert.equal(withoutTricks("a\u202eb\0c\r\nd\ufeff\te😀"), "abc\nd\te😀");
});

test("a change that met another's keeps both", () => {
  const [base, mine, other] = ["The cat", spliceBetween("The cat", "The dog"), spliceBetween("The cat", "The cow")];
  assert.equal(spliced(spliced(base, other), rebased(mine, other)), "The cowdog");
});

test("three editors that change at random, some while offline, end with one text", { skip: !yjs }, async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  kept();
  const below = random(11);
  const told = [];
  const away = new Set();
  const editors = [0, 1, 2].map((me) => {
    const wiring = wired(async (name, { update }) => {
      assert.equal(name, "notes.update");
      if (away.has(me)) throw Object.assign(new Error("offline"), { code: "offline" });
      told.push(update);
    });
    const editor = new EditorNotes(yjs, wiring);
    editor.reset({});
    return editor;
  });
  const heard = [0, 0, 0];
  const hear = (me) => {
    for (; heard[me] < told.length; heard[me] += 1) editors[me].told({ update: told[heard[me]] });
  };
  for (let turn = 0; turn < 150; turn += 1) {
    const me = below(3);
    const { box } = editors[me].wiring.surface;
    const at = Math.min(below(40), box.value.length);
    box.type(at, below(3) && at < box.value.length && !/[\ud800-\udfff]/.test(box.value.slice(at, at + 1)) ? 1 : 0, ["a", "b\n", "世界", ""][below(4)]);
    if (below(5) === 0) away.has(me) ? away.delete(me) : away.add(me);
    mock.timers.tick(300);
    await settled();
    if (!away.has(me)) hear(me);
  }
  away.clear();
  for (const each of editors) each.wiring.surface.box.type(0, 0, "!");
  for (let turn = 0; turn < 10; turn += 1) {
    mock.timers.tick(300);
    await settled();
  }
  [0, 1, 2].forEach(hear);
  const texts = editors.map((each) => each.wiring.surface.box.value);
  assert.equal(texts[1], texts[0]);
  assert.equal(texts[2], texts[0]);
  assert.ok(texts[0].length > 50);
  assert.ok(editors.every((each) => !each.unsaved && String(each.words) === texts[0]));
  mock.timers.reset();
});

test("while a word is composed, others' changes wait, and then both are there", { skip: !yjs }, () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  kept();
  const editor = new EditorNotes(yjs, wired(async () => {}));
  const other = new yjs.Doc();
  editor.reset({});
  const { box } = editor.wiring.surface;
  box.dispatchEvent(new Event("compositionstart"));
  box.type(0, 0, "ni");
  other.getText("notes").insert(0, "Hello ");
  editor.told({ update: toBase64url(yjs.encodeStateAsUpdate(other)) });
  assert.equal(box.value, "ni");
  box.type(0, 2, "你");
  box.dispatchEvent(new Event("compositionend"));
  assert.ok(box.value.includes("你") && box.value.includes("Hello "));
  assert.equal(String(editor.words), box.value);
  assert.equal(box.value.slice(0, box.selectionEnd).at(-1), "你");
  mock.timers.reset();
});

test("what was not sent survives a reload of the page", { skip: !yjs }, async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  kept();
  const first = new EditorNotes(yjs, wired(() => new Promise(() => {}), { keptKey: "same" }));
  first.reset({});
  first.wiring.surface.box.type(0, 0, "not lost");
  first.stop();
  const sent = [];
  const again = new EditorNotes(yjs, wired(async (_, body) => sent.push(body.update), { keptKey: "same" }));
  again.reset({});
  assert.equal(again.wiring.surface.box.value, "not lost");
  mock.timers.tick(300);
  await settled();
  assert.equal(sent.length, 1);
  assert.equal(sessionStorage.getItem("same"), null);
  mock.timers.reset();
});

test("the words of one table never get into the notes of the next", { skip: !yjs }, async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  kept();
  const sent = [];
  const surface = new Surface(new Box());
  let answer;
  const first = new PlainNotes({ ...wired(() => new Promise((done) => (answer = done))), surface });
  first.reset({ text: "secret", seq: 4 });
  surface.box.type(6, 0, "!");
  first.stop();
  surface.close();
  const next = new EditorNotes(yjs, { ...wired(async (_, body) => sent.push(body.update)), surface });
  surface.box.type(0, 0, "x");
  answer({ text: "secret!", seq: 5 });
  await settled();
  mock.timers.tick(5000);
  await settled();
  assert.deepEqual([surface.box.value, sent], ["x", []]);
  next.reset({});
  assert.equal(surface.box.value, "");
  next.stop();
  next.told({ update: "AAA" });
  mock.timers.reset();
});

test("what was typed just before a table is left is still sent to it", { skip: !yjs }, async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  kept();
  for (const make of [(wiring) => new EditorNotes(yjs, wiring), (wiring) => new PlainNotes(wiring)]) {
    const sent = [];
    const way = make(wired(async (name) => (sent.push(name), {}), { keptKey: "left" }));
    way.reset({});
    way.wiring.surface.box.type(0, 0, "last words");
    way.stop();
    way.wiring.surface.close();
    await settled();
    assert.equal(sent.length, 1);
    assert.equal(sessionStorage.getItem("left"), null);
    assert.equal(way.wiring.surface.box.value, "");
  }
  mock.timers.reset();
});

test("a plain writer sends the piece that changed with a little around it", () => {
  const base = `${"😀".repeat(40)} middle ${"x".repeat(200)}`;
  const now = base.replace("middle", "centre");
  const sent = withAround(base, spliceBetween(base, now));
  assert.ok(sent.before.length < 80);
  assert.equal([...base].slice(sent.at).join("").indexOf(sent.before), 0);
  assert.equal(base.replace(sent.before, sent.text), now);
  assert.equal(part({ at: 0, gone: 0, letters: "x".repeat(9000) }).letters.length, 4000);
});

test("what a plain writer types while an answer is on its way is kept on top of it", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  kept();
  let answer;
  const plain = new PlainNotes(wired(() => new Promise((done) => (answer = done))));
  plain.reset({ text: "one", seq: 1 });
  const { box } = plain.wiring.surface;
  box.type(3, 0, " two");
  mock.timers.tick(1000);
  box.type(7, 0, " three");
  answer({ text: "zero one two", seq: 3 });
  await settled();
  assert.equal(box.value, "zero one two three");
  assert.ok(plain.unsaved);
  mock.timers.reset();
});
