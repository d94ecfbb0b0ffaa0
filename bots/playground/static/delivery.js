// Why: tells whether the user's own message got through, and offers the way out when it did not.
import { el } from "./dom.js";
import { icon } from "./icons.js";

/** Delivery states: "sending", "failed" (same id may be sent again) and "rejected" (the server said no). */
export function drawDelivery(message, delivery, { onRetry, onEdit, onDiscard }) {
  if (delivery.state === "sending") return el("p", { class: "delivery is-sending" }, "Sending…");
  const isRetryable = delivery.state === "failed";
  const reason = isRetryable ? `Not sent. ${delivery.reason}` : delivery.reason;
  return el(
    "div",
    { class: "delivery is-problem" },
    el("p", {}, icon("alert"), reason),
    isRetryable ? button("retry", "Retry", () => onRetry(message)) : button("edit", "Edit", () => onEdit(message)),
    message.seq === undefined ? button("discard", "Discard", () => onDiscard(message)) : null,
  );
}

function button(action, label, onclick) {
  return el("button", { class: "link-button", type: "button", "data-delivery-action": action, onclick }, label);
}
