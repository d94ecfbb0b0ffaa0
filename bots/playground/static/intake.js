// Why: the three ways a picture comes in: chosen with the button, pasted, or dropped anywhere on the page.
import { el } from "./dom.js";
import { KINDS } from "./pictures.js";

const GONE_MS = 200;

export function takePictures({ button, chooser, input, onFiles }) {
  chooser.accept = KINDS.join(",");
  button.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    give([...chooser.files]);
    chooser.value = "";
  });
  document.addEventListener("paste", handlePaste);
  takeDrops(give);

  function give(files) {
    if (!files.length || document.querySelector("dialog[open]")) return;
    onFiles(files);
    input.focus();
  }

  /** A copied table is text and picture at once; then the text is meant. */
  function handlePaste(event) {
    const isElsewhere = event.target !== input && event.target.closest?.("textarea, input");
    const files = [...(event.clipboardData?.files ?? [])];
    if (isElsewhere || !files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    give(files);
  }
}

/** A file dropped beside its target would replace the page, so the whole page is the target. */
function takeDrops(onFiles) {
  const curtain = el("div", { class: "curtain", hidden: true, "aria-hidden": "true" }, el("p", {}, "Drop pictures to attach them"));
  document.body.append(curtain);
  let timer = null;

  function hold(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    curtain.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => (curtain.hidden = true), GONE_MS);
  }

  function drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    curtain.hidden = true;
    onFiles([...event.dataTransfer.files]);
  }

  document.addEventListener("dragenter", hold);
  document.addEventListener("dragover", hold);
  document.addEventListener("drop", drop);
}
