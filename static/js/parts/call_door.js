/** The door to the call: its code and its style come with the first click. */
import { byId, setText, slot } from "../lib/dom.js";

/**
 * @param {import("../lib/page.js").LivePage} page
 * @param {number} [room]
 * @param {(room: number) => unknown} [onMove]  the person is at another table now; may give its name
 */
export function startCallDoor(page, room, onMove) {
  const root = byId("call");
  if (!root) return;
  root.querySelector("[data-act=open]")?.addEventListener("click", async () => {
    await import(/* url */ root.dataset.module ?? "");
    document.dispatchEvent(new CustomEvent("call:open", { detail: { page, root, room: room ?? page.room, onMove } }));
  });
  page.model.watch(() => setText(slot(root, "count"), page.model.states[`room/${room ?? page.room}`]?.call?.seats?.length ?? 0));
}
