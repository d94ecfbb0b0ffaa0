// Why: keeps one live event stream open through server restarts, sleeping phones and dead proxies.

const EVENTS = ["hello", "message", "job", "balance"];
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 15000;
const ASLEEP_MS = 60000;

/**
 * The browser reconnects by itself after a dropped connection (sending Last-Event-ID), but gives up for good after
 * an HTTP error. In that case a new EventSource is made here; the server then replays and the page removes doubles.
 */
export function openStream(url, { onEvent, onState }) {
  let source = null;
  let delay = FIRST_DELAY_MS;
  let timer = null;
  let hiddenAt = null;

  function connect() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(url);
    source.addEventListener("open", handleOpen);
    source.addEventListener("error", handleError);
    for (const name of EVENTS) source.addEventListener(name, (event) => deliver(name, event));
  }

  function handleOpen() {
    delay = FIRST_DELAY_MS;
    onState("open");
  }

  function handleError() {
    onState("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    timer = setTimeout(connect, delay * (0.8 + Math.random() * 0.4));
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  }

  function deliver(name, event) {
    const data = parse(event.data);
    if (data) onEvent(name, data);
  }

  function wake() {
    if (source.readyState !== EventSource.OPEN) connect();
  }

  function handleVisibility() {
    if (document.hidden) {
      hiddenAt = Date.now();
      return;
    }
    // A phone that slept may hold a connection that is dead without knowing it.
    if (hiddenAt && Date.now() - hiddenAt > ASLEEP_MS) connect();
    else wake();
  }

  // "offline" is not taken as lost: a server on this very machine still answers. After "online" the old connection
  // may be dead without knowing it.
  addEventListener("online", connect);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
  document.addEventListener("visibilitychange", handleVisibility);
  onState("connecting");
  connect();
}

function parse(text) {
  try {
    const data = JSON.parse(text);
    return data && typeof data === "object" ? data : null;
  } catch {
    return null;
  }
}
