/** Opens a room's call on its element, and draws all of it. */
import { Call } from "./call.js";
import { Captions } from "./captions.js";
import { startControls } from "./controls.js";
import { Devices } from "./devices.js";
import { GreenRoom } from "./green.js";
import { Notices } from "./notices.js";
import { CallPeople } from "./people.js";
import { Players } from "./sound.js";
import { throttled } from "../lib/dom.js";
import { learnWords, word } from "./words.js";

const DRAW_MS = 60;
/** @type {WeakMap<HTMLElement, (room: number) => void>} */
const openedCalls = new WeakMap();

/**
 * Open the green room; the element is that of the template's macro.
 * @param {{page: import("../lib/page.js").LivePage, root: HTMLElement, room: number, onMove?: (room: number) => unknown}} detail
 */
export async function openCall({ page, root, room, onMove }) {
  learnWords(root);
  await styled(root);
  if (!openedCalls.has(root)) openedCalls.set(root, furnished({ page, root, room, onMove }));
  openedCalls.get(root)?.(room);
}

/**
 * @param {{page: import("../lib/page.js").LivePage, root: HTMLElement, room: number, onMove?: (room: number) => unknown}} detail
 * @returns {(room: number) => void}  enters the green room of a room's call
 */
function furnished({ page, root, room, onMove }) {
  const notices = new Notices(root);
  const players = new Players(root, (refused) => {
    if (refused) notices.show("silent", word("silent"), [{ label: word("hear"), act: () => players.again() }]);
    else notices.hide("silent");
  });
  const devices = new Devices({ lost: (source) => call.own.lost(source), changed: () => green.refresh() });
  const draw = throttled(DRAW_MS, () => {
    for (const part of [controls, people, captions, green]) part.draw();
  });
  const call = new Call({ page, room, onMove, devices, players, notices, draw });
  notices.join = (wish) => call.join(wish);
  const green = new GreenRoom(root, call);
  const people = new CallPeople(root, call);
  const captions = new Captions(root, call);
  const controls = startControls(root, call, green);
  return (now) => {
    call.room = now;
    call.stage = "green";
    call.around.notices.clear();
    draw();
    green.enter();
  };
}

/**
 * Bring the style sheet; a call without it still works.
 * @param {HTMLElement} root
 */
function styled(root) {
  const href = root.dataset.style ?? "";
  if (document.querySelector(`link[href="${href}"]`)) return undefined;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  const loaded = new Promise((done) => link.addEventListener("load", done));
  const failed = new Promise((done) => link.addEventListener("error", done));
  document.head.append(link);
  return Promise.race([loaded, failed]);
}
