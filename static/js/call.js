/** The call, loaded when somebody opens it: `call:open` on the document brings {page, root, room, onMove}. */
import { openCall } from "./call/open.js";

document.addEventListener("call:open", (domEvent) => openCall(/** @type {CustomEvent} */ (domEvent).detail));
