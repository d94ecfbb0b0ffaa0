// Why: holds the pictures that will go with the next message: shown small, each removable, never more than four.
import { el, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";
import { readPicture } from "./pictures.js";

const MOST = 4;

/** `onChange({count, isBusy})` is called whenever something came, went or became ready. */
export function createTray({ box, input, announce, onChange }) {
  let items = [];
  const list = el("ul", { class: "tray-list", role: "list", "aria-label": "Attached pictures" });
  const note = el("p", { class: "tray-note" });
  box.append(list, note);

  async function add(files) {
    const taken = [...files].slice(0, MOST - items.length);
    warn(taken.length < files.length ? `A message can have up to ${MOST} pictures.` : "");
    await Promise.all(taken.map(addOne));
  }

  async function addOne(file) {
    const item = { name: file.name, picture: null };
    items.push(item);
    show();
    try {
      item.picture = await readPicture(file);
      if (items.includes(item)) announce(`${item.name} is attached`);
    } catch (error) {
      items = items.filter((other) => other !== item);
      warn(error.message);
    }
    show();
  }

  function remove(position) {
    const [gone] = items.splice(position, 1);
    warn("");
    announce(`${gone.name} is removed`);
    const buttons = list.querySelectorAll("button");
    (buttons[position] ?? buttons[position - 1] ?? input).focus();
  }

  function warn(text) {
    note.textContent = text;
    if (text) announce(text);
    show();
  }

  function show() {
    replaceChildren(list, ...items.map(drawItem));
    list.hidden = items.length === 0;
    note.hidden = note.textContent === "";
    box.hidden = list.hidden && note.hidden;
    onChange({ count: items.length, isBusy: items.some(({ picture }) => picture === null) });
  }

  function drawItem({ name, picture }, position) {
    const label = `Remove picture ${position + 1}: ${name}`;
    return el(
      "li",
      { class: "tray-item" },
      picture ? el("img", { src: picture.thumb, alt: name }) : el("span", { class: "spinner", role: "img", "aria-label": `Reading ${name}` }),
      el("button", { class: "tray-remove", type: "button", "aria-label": label, title: label, onclick: () => remove(position) }, icon("cancel")),
    );
  }

  /** Hands the pictures over and is empty then. */
  function take() {
    const pictures = items.map(({ picture }) => picture).filter(Boolean);
    put([]);
    return pictures;
  }

  function put(pictures) {
    items = pictures.map((picture) => ({ name: picture.name, picture }));
    warn("");
  }

  show();
  return { add, take, put, quiet: () => note.textContent && warn("") };
}
