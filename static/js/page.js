/** Pages that have no script of their own. */
import { startSite } from "./parts/site.js";

startSite();
