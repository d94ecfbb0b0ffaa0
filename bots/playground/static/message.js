// Why: draws one message as an article: author line, bubble, pictures, facts, buttons and delivery state.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { fullTime, shortTime } from "./clock.js";
import { commandNodes } from "./commandtext.js";
import { renderMarkdown } from "./markdown.js";
import { drawGallery } from "./gallery.js";
import { drawAttached } from "./attached.js";
import { drawFile } from "./files.js";
import { drawLinks } from "./links.js";
import { drawDelivery } from "./delivery.js";

/** `tools` = {jobs, actions, lightbox, onRetry, onEdit, onDiscard}. */
export function drawMessage(slot, tools) {
  const { message, delivery } = slot;
  return el(
    "article",
    {
      class: "message",
      tabindex: "-1",
      "data-role": message.role,
      "data-kind": message.kind,
      "data-id": message.id,
      "data-job": message.job,
      "data-delivery": delivery?.state,
    },
    message.role === "easel" ? drawAvatar() : null,
    el(
      "div",
      { class: "stack" },
      drawByline(message),
      drawBubble(slot, tools),
      message.kind === "job" ? null : tools.actions.drawButtons(message),
      drawLinks(message.links ?? []),
      delivery ? drawDelivery(message, delivery, tools) : null,
    ),
  );
}

function drawAvatar() {
  return el("span", { class: "avatar mark", "aria-hidden": "true" });
}

function drawByline(message) {
  const isDemo = message.demo === true && message.kind === "result";
  return el(
    "header",
    { class: "byline" },
    el("span", { class: "author" }, message.role === "user" ? "You" : "Easel"),
    el("time", { datetime: message.at, title: fullTime(message.at) }, shortTime(message.at)),
    isDemo ? el("span", { class: "tag demo-badge", title: "Made by the built-in demo, not by AI" }, "Demo") : null,
  );
}

function drawBubble(slot, tools) {
  const { message, files } = slot;
  const bubble = el("div", { class: "bubble", title: message.role === "user" ? shortTime(message.at) : null });
  if (message.kind === "error") bubble.append(el("span", { class: "error-mark" }, icon("alert"), el("span", { class: "visually-hidden" }, "Error: ")));
  if (message.attached?.length) bubble.append(drawAttached(message.attached));
  if (message.text) bubble.append(drawText(message));
  if (message.images?.length) bubble.append(drawGallery(message.images, tools.lightbox));
  if (message.kind === "job") bubble.append(...tools.jobs.drawCard(message));
  if (message.facts?.length) bubble.append(drawFacts(message.facts));
  bubble.append(...files.map(drawFile));
  return bubble;
}

function drawText({ role, text }) {
  const command = role === "user" ? commandNodes(text) : null;
  return el("div", { class: "text" }, command ? el("p", { dir: "auto" }, ...command) : renderMarkdown(text));
}

function drawFacts(facts) {
  const pairs = facts.map(({ label, value }) => el("div", {}, el("dt", {}, String(label)), el("dd", {}, String(value))));
  return el("dl", { class: "facts" }, ...pairs);
}
