// Why: wires the parts of the playground together; all behaviour lives in the modules it imports.
import { byId } from "./dom.js";
import { icon } from "./icons.js";
import { loadCommands } from "./api.js";
import { openStream } from "./stream.js";
import { createActions } from "./actions.js";
import { createAnnouncer } from "./announcer.js";
import { createCatchUp } from "./catchup.js";
import { createComposer } from "./composer.js";
import { createConnectionBanner } from "./connection.js";
import { createCredits } from "./credits.js";
import { createJobs } from "./jobs.js";
import { createLightbox } from "./lightbox.js";
import { createOutbox } from "./outbox.js";
import { createScrollKeeper } from "./scroll.js";
import { createTimeline } from "./timeline.js";
import { createTray } from "./tray.js";
import { createWelcome } from "./welcome.js";
import { drawMessage } from "./message.js";
import { showDemo } from "./demo.js";
import { focusOnTyping } from "./shortcuts.js";
import { followVisibleHeight } from "./viewport.js";
import { setUpThemeToggle } from "./theme.js";
import { takePictures } from "./intake.js";

const COMMANDS_RETRY_MS = 4000;
const GREETING_AT_LATEST_MS = 2000;

const thread = byId("thread");
const announcer = createAnnouncer(byId("announcer"));
const actions = createActions(announcer);
const jobs = createJobs({ actions });
const credits = createCredits(byId("credits"));
const banner = createConnectionBanner(byId("connection"));
const scroll = createScrollKeeper({ scroller: byId("messages"), content: thread, pill: byId("new-messages") });
const tools = { jobs, actions, lightbox: createLightbox(), onRetry: retry, onEdit: edit, onDiscard: discard };
const timeline = createTimeline(thread, (slot) => drawMessage(slot, tools));
const outbox = createOutbox({ onAdd: addOwn, onDelivery: showDelivery, onFiles: timeline.addFiles });
const composer = createComposer({
  input: byId("composer"),
  sendButton: byId("send"),
  hintBox: byId("hint"),
  list: byId("suggestions"),
  panel: byId("suggestions-panel"),
  onSend: (text) => outbox.send(text, tray.take()),
});
const tray = createTray({ box: byId("tray"), input: byId("composer"), announce: announcer.announce, onChange: composer.setAttached });
const welcome = createWelcome(thread, (text) => composer.write(text));
const catchUp = createCatchUp(handleCaughtUp);
let isFirstCatchUp = true;

const handlers = { hello: showHello, message: takeMessage, job: jobs.update, balance: credits.update };

function takeMessage(message) {
  if (typeof message.id !== "string" || !Number.isFinite(message.seq)) return;
  const isReplay = catchUp.note();
  outbox.forget(message.id);
  const outcome = timeline.receive(message);
  if (message.kind === "result" || message.kind === "error") jobs.finish(message.job);
  if (outcome === "known") return;
  welcome.setVisible(false);
  if (outcome === "added" && !isReplay) scroll.noteNew();
  if (!isReplay) announcer.announceMessage(message);
}

function addOwn({ id, text, pictures }, delivery) {
  timeline.addPending({ id, text, pictures, delivery });
  welcome.setVisible(false);
  scroll.stick();
}

function showDelivery(id, delivery) {
  timeline.setDelivery(id, delivery);
  if (delivery?.reason) announcer.announce(delivery.state === "failed" ? `Not sent. ${delivery.reason}` : delivery.reason);
}

function retry(message) {
  outbox.retry(message);
}

function edit({ text, pictures }) {
  if (pictures?.length) tray.put(pictures);
  composer.write(text);
}

function discard({ id }) {
  outbox.forget(id);
  timeline.remove(id);
  composer.focus();
}

function showHello({ name, demo, demoKinds }) {
  if (name) byId("account").textContent = name;
  showDemo({ label: byId("demo-label"), note: byId("demo-note") }, demo === true, demoKinds ?? []);
}

function handleState(state) {
  banner.show(state);
  if (state === "open") catchUp.begin();
}

function handleCaughtUp(count) {
  document.body.classList.add("is-live");
  timeline.sinkPending();
  if (isFirstCatchUp) outbox.restore();
  else if (count > 0) announcer.announce(`Connected again, ${count} new messages`);
  isFirstCatchUp = false;
  greetIfEmpty();
}

function greetIfEmpty() {
  welcome.setVisible(timeline.size() === 0);
}

async function fetchCommands() {
  try {
    const commands = await loadCommands();
    composer.setCommands(commands);
    welcome.setCommands(commands);
  } catch {
    setTimeout(fetchCommands, COMMANDS_RETRY_MS);
  }
}

byId("send").append(icon("send"));
byId("attach").append(icon("attach"));
byId("commands-button").append(icon("slash"));
byId("commands-button").addEventListener("click", () => composer.startCommand());
setUpThemeToggle(byId("theme-toggle"));
followVisibleHeight();
focusOnTyping(byId("composer"));
takePictures({ button: byId("attach"), chooser: byId("chooser"), input: byId("composer"), onFiles: tray.add });
byId("composer").addEventListener("input", tray.quiet);
fetchCommands();
setTimeout(greetIfEmpty, GREETING_AT_LATEST_MS);
openStream("/playground/events", { onState: handleState, onEvent: (name, data) => handlers[name](data) });
if (matchMedia("(hover: hover)").matches) composer.focus();
