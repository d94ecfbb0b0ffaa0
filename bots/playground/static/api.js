// Why: one place that talks to the server and turns envelopes, refusals and dead networks into clear errors.

const TIMEOUT_MS = 30000;

/** `retry` tells whether sending the very same request (same id) again makes sense. */
export class RequestError extends Error {
  constructor(message, { code = "network", retry = true } = {}) {
    super(message);
    this.code = code;
    this.retry = retry;
  }
}

export function loadCommands() {
  return request("/playground/commands").then((data) => (Array.isArray(data?.commands) ? data.commands : []));
}

export function postMessage({ id, text, pictures }) {
  const images = pictures.map(({ mime, base64 }) => ({ mime, base64 }));
  return request("/playground/messages", images.length ? { id, text, images } : { id, text });
}

export function postAction(action) {
  return request("/playground/actions", action);
}

async function request(path, body) {
  const response = await reach(path, body);
  const envelope = await response.json().catch(() => null);
  if (envelope?.success === true) return envelope.data ?? {};
  if (envelope?.error) throw refusal(response.status, envelope.error);
  throw new RequestError(`The server answered with an error (${response.status}).`);
}

async function reach(path, body) {
  try {
    return await fetch(path, {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new RequestError("The server could not be reached.");
  }
}

function refusal(status, error) {
  const message = typeof error.message === "string" && error.message ? error.message : "Something went wrong.";
  const retry = status >= 500 || status === 429 || status === 408;
  return new RequestError(message, { code: String(error.code ?? "error"), retry });
}
