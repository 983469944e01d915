// Live updates and forms without a reload. The page works without this file: it only reads the page
// again when the server says that something has changed, and puts the parts that differ in place.
"use strict";

document.documentElement.classList.add("script");

/** The part of an element that was in focus, so that it can have the focus again. */
function focusIn(element) {
  const active = document.activeElement;
  return active && active.id && element.contains(active) ? active.id : null;
}

/** Puts the live parts of another version of this page in place. */
function replace(other) {
  for (const fresh of other.querySelectorAll("[data-live]")) {
    const stale = document.getElementById(fresh.id);
    if (!stale || stale.innerHTML === fresh.innerHTML) continue;
    const focused = focusIn(stale);
    const open = [...stale.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
    const known = new Set([...stale.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
    stale.replaceChildren(...fresh.childNodes);
    for (const row of stale.querySelectorAll("[data-key]")) {
      if (known.size && !known.has(row.dataset.key)) row.classList.add("arrived");
    }
    for (const summary of stale.querySelectorAll("details > summary")) {
      if (open.includes(summary.textContent)) summary.parentElement.open = true;
    }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  document.title = other.title;
  document.body.dataset.version = other.body.dataset.version;
}

async function read(response) {
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

let reading = false;
let again = false;

/** Reads the page again; while that is under way, once more afterwards. */
async function refresh() {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    do {
      again = false;
      const response = await fetch(location.href, { headers: { accept: "text/html" } });
      if (response.ok) replace(await read(response));
    } while (again);
  } catch {
    // The server is gone, or on its way back: the stream tells.
  } finally {
    reading = false;
  }
}

const stream = new EventSource(`/live?since=${document.body.dataset.version}`);
stream.addEventListener("changed", (event) => {
  if (event.data !== document.body.dataset.version) refresh();
});
stream.addEventListener("open", () => document.body.removeAttribute("data-offline"));
stream.addEventListener("error", () => document.body.setAttribute("data-offline", ""));
addEventListener("pagehide", () => stream.close());

/** Sends a form and shows what came of it where the person is. */
async function send(form, submitter) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form, submitter) });
  const other = await read(response);
  replace(other);
  if (!response.ok) return;
  const text = form.querySelector("textarea");
  if (text) {
    text.value = "";
    form.querySelectorAll("input[type=file]").forEach((input) => (input.value = ""));
    text.focus();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  const submitter = event.submitter;
  if (submitter) submitter.disabled = true;
  send(form, submitter)
    .catch(() => document.body.setAttribute("data-offline", ""))
    .finally(() => {
      if (submitter) submitter.disabled = false;
    });
});

// A filter takes effect when it is chosen.
document.addEventListener("change", (event) => event.target.closest("[data-follow]")?.requestSubmit());

// Ctrl+Enter sends what is being written.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form.compose")?.requestSubmit();
});
