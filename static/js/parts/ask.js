/** The form that asks a question: how much room is left, whose name will stand there, and a draft that is kept. */
import { setShown, setText, slot } from "../lib/dom.js";
import { tn } from "../lib/i18n.js";
import { growWithText } from "./composer.js";
import { lengthOf } from "./outgoing.js";

/**
 * @param {HTMLFormElement} form
 * @param {import("../lib/page.js").LivePage} page
 * @param {(text: string, anonymous: boolean) => void} send
 */
export function startAsking(form, page, send) {
  const box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button:not([type])"));
  const limit = Number(box.dataset.limit);
  const draft = page.kept("draft/question");
  const isAnonymous = () => new FormData(form).get("who") === "anonymous";
  const draw = () => {
    const length = lengthOf(box.value);
    const left = limit - length;
    growWithText(box);
    form.classList.toggle("ask--open", length > 0);
    form.classList.toggle("ask--over", left < 0);
    setText(form.querySelector(".ask__left"), left < 0 ? tn("{n} character too many", "{n} characters too many", -left) : tn("{n} character left", "{n} characters left", left));
    button.disabled = left < 0 || length === 0;
    for (const words of form.querySelectorAll("[data-mode]")) setShown(words, (words.getAttribute("data-mode") === "anonymous") === isAnonymous());
  };
  const written = () => {
    draw();
    setText(slot(form, "error"), "");
    page.keep("draft/question", box.value ? { text: box.value, anonymous: isAnonymous() } : null);
  };
  box.value ||= draft?.text ?? "";
  /** @type {any} */ (form.elements.namedItem("who")).value = draft?.anonymous ? "anonymous" : "named";
  form.addEventListener("input", written);
  form.addEventListener("submit", (domEvent) => {
    domEvent.preventDefault();
    if (button.disabled) return;
    send(box.value, isAnonymous());
    box.value = "";
    written();
  });
  box.addEventListener("keydown", (domEvent) => {
    if (domEvent.key === "Enter" && (domEvent.ctrlKey || domEvent.metaKey)) form.requestSubmit();
  });
  draw();
}
