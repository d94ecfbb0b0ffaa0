// Why: looks every two seconds whether the payment is there. Without it the page reloads itself (meta refresh).
const waiting = document.querySelector("[data-status]");
const EVERY = 2000;

async function look() {
  try {
    const answer = await fetch(waiting.dataset.status, { cache: "no-store", credentials: "omit" });
    const said = answer.ok ? await answer.json() : null;
    if (said && said.data.state !== "pending") {
      location.replace(waiting.dataset.page);
      return;
    }
  } catch {
    // Offline for a moment: look again.
  }
  setTimeout(look, EVERY);
}

if (waiting) setTimeout(look, EVERY);
