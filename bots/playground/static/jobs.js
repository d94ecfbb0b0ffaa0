// Why: shows where a job stands (queue place, progress, the answer so far, cancel) and keeps news that came early.
import { el } from "./dom.js";
import { aboutSeconds } from "./clock.js";
import { createGrowing } from "./growing.js";

const FINISHED = { done: "Finishing…", failed: "Failed", cancelled: "Cancelled" };

export function createJobs({ actions }) {
  const latest = new Map();
  const cards = new Map();

  function update(news) {
    const known = latest.get(news.job);
    if (known && known.state in FINISHED && !(news.state in FINISHED)) return;
    latest.set(news.job, news);
    cards.get(news.job)?.show(news);
  }

  function drawCard(message) {
    const card = createCard(actions.drawCancel(message));
    cards.set(message.job, card);
    card.show(latest.get(message.job) ?? { state: "queued" });
    return card.elements;
  }

  /** The placeholder is gone; nothing more is drawn for this job. */
  function finish(job) {
    cards.delete(job);
    latest.delete(job);
  }

  return { update, drawCard, finish };
}

function createCard(cancel) {
  const status = el("span", { class: "job-status" });
  const percent = el("span", { class: "job-percent" });
  const fill = el("div", { class: "bar-fill" });
  const bar = el("div", { class: "bar", role: "progressbar", "aria-label": "Job progress", "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const answer = createGrowing();
  const element = el("div", { class: "job" }, el("div", { class: "job-main" }, el("div", { class: "job-line" }, status, percent), bar), cancel);

  function show(news) {
    const said = typeof news.text === "string" ? news.text : "";
    const share = said ? null : shareOf(news);
    answer.show(said);
    element.dataset.state = news.state;
    status.textContent = said && news.state === "running" ? "Writing…" : wording(news);
    percent.textContent = share === null ? "" : `${share}%`;
    cancel.hidden = news.cancellable === false || news.state in FINISHED;
    bar.hidden = said !== "" || news.state === "failed" || news.state === "cancelled";
    showBar(share, status.textContent);
  }

  function showBar(share, text) {
    bar.classList.toggle("is-indeterminate", share === null);
    bar.setAttribute("aria-valuetext", share === null ? text : `${share}%`);
    if (share === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(share));
    fill.style.transform = share === null ? "" : `scaleX(${share / 100})`;
  }

  return { elements: [answer.element, element], show };
}

/** Whole percent, or null while nothing is known. */
function shareOf({ state, progress }) {
  if (state === "done") return 100;
  if (state !== "running" || typeof progress !== "number" || !Number.isFinite(progress)) return null;
  return Math.round(Math.min(Math.max(progress, 0), 1) * 100);
}

function wording({ state, position, etaSeconds }) {
  if (state in FINISHED) return FINISHED[state];
  const about = aboutSeconds(etaSeconds);
  if (state === "running") return ["Working", about && `${about} left`].filter(Boolean).join(" · ");
  return [position ? `Queued #${position}` : "Queued", about].filter(Boolean).join(" · ");
}
