// What every page does: says so where the browser does not trust the connection, sends a form once.
"use strict";
// What scripts say, in the page's language; English where nothing is translated.
const WORDS = JSON.parse(document.getElementById("words")?.textContent || "{}");
function inWords(english, values = {}) {
  return (WORDS[english] || english).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

const insecure = document.getElementById("insecure");
if (insecure && !window.isSecureContext) insecure.hidden = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});

// A page that comes back from the browser's memory may be of somebody who has signed out since.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// What can be undone for some seconds is offered no longer than that.
for (const form of document.querySelectorAll("form[data-seconds]")) setTimeout(() => { form.hidden = true; }, form.dataset.seconds * 1000);
