/** The programme: its filters act as soon as they are chosen. */
import { startSite, submitOnChange } from "./parts/site.js";

startSite();
for (const form of document.querySelectorAll("form[role=search]")) submitOnChange(/** @type {HTMLFormElement} */ (form));
