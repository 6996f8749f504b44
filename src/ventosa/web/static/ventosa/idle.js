// A tablet that nobody touches signs itself out; a minute before, it says so.
"use strict";
(() => {
  const told = document.getElementById("idle");
  if (!told) return;
  const WARN = 60, PING = 45, KEY = "ventosa-idle";
  const whole = Number(told.dataset.seconds) * 1000;
  let until = Date.now() + Number(told.dataset.left) * 1000;
  let pinged = Date.now();
  let touched = false;

  // Every tab of this browser shares one end: what one keeps open, none closes.
  function keep(end) {
    until = end;
    try { localStorage.setItem(KEY, String(end)); } catch { /* private mode: each tab for itself */ }
  }
  keep(until);
  window.addEventListener("storage", (event) => {
    if (event.key === KEY && event.newValue) until = Math.max(until, Number(event.newValue));
  });

  async function stay() {
    pinged = Date.now();
    touched = false;
    try {
      const answer = await fetch(told.dataset.stay, {
        method: "POST", redirect: "manual",
        headers: { "X-CSRFToken": told.dataset.token, Accept: "application/json" },
      });
      if (answer.status === 204) keep(Date.now() + whole);
      else if (answer.status === 401) location.reload();
    } catch { /* without a network the end stays where it was */ }
  }
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => { touched = true; }, { passive: true, capture: true });
  }
  document.addEventListener("htmx:afterRequest", () => { if (Date.now() < until) keep(Date.now() + whole); });
  told.querySelector("button").addEventListener("click", stay);

  setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (touched && Date.now() - pinged > PING * 1000 && left > 0) stay();
    if (left <= -2) { location.reload(); return; }
    told.hidden = left > WARN;
    const number = told.querySelector("[data-count]");
    if (!told.hidden) number.textContent = String(Math.max(0, left));
  }, 1000);
})();
