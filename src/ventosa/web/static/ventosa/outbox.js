// What is said goes to this device first, then to the server when it can be. A key made here names
// each entry, so that sending it twice writes it once. Entries wait for the person who wrote them:
// nobody else's sign-in sends them.
"use strict";
window.Outbox = (() => {
  const PREFIX = "ventosa-entry-";
  const meta = (name) => document.querySelector(`meta[name=${name}]`)?.content ?? "";
  const me = meta("who"), token = meta("token");
  const listeners = [];
  let count = 0, failed = false, busy = false, signedOut = false;

  function key() {
    const bytes = crypto.getRandomValues(new Uint8Array(10));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function all() {
    const found = [];
    for (let n = 0; n < localStorage.length; n += 1) {
      const name = localStorage.key(n);
      if (!name.startsWith(PREFIX)) continue;
      try { found.push({ name, ...JSON.parse(localStorage.getItem(name)) }); } catch { /* not ours */ }
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const mine = () => all().filter((one) => one.by === me && !one.refused);

  // What was sent a moment ago: a page that was on its way meanwhile does not hold it yet.
  const SENT = "ventosa-sent", MOMENT = 30000;
  function justSent() {
    try { return JSON.parse(localStorage.getItem(SENT)).filter((one) => Date.now() - one.at < MOMENT); } catch { return []; }
  }
  function wasSent(url, some) {
    const now = some.map((one) => ({ url, key: one.entry.key, at: Date.now() }));
    localStorage.setItem(SENT, JSON.stringify([...justSent(), ...now]));
    some.forEach((one) => localStorage.removeItem(one.name));
  }

  function keep(name, one) { localStorage.setItem(name, JSON.stringify(one)); }

  // Says one thing; ``hold`` keeps a text that is still being typed on the device a little longer.
  function say({ url, field, value, saw = "", note = "", hold = 0 }) {
    const now = Date.now();
    const typed = hold && mine().filter((one) => one.hold && one.url === url && one.entry.field === field).pop();
    const name = typed ? typed.name : `${PREFIX}${now.toString(36).padStart(9, "0")}-${String(count += 1).padStart(5, "0")}-${key()}`;
    const entry = typed ? { ...typed.entry, value } : { key: key(), field, value, saw, note };
    const one = { url, by: me, at: typed ? typed.at : now, hold: hold ? now + hold : 0, entry };
    try { keep(name, one); } catch { failed = true; show(); return entry.key; }
    show();
    if (!hold) send();
    return entry.key;
  }

  // What was on its way once may stand in the record, also where no answer came: from then on its
  // key names these very words, and what is typed next is an entry of its own.
  async function post(url, some) {
    for (const { name, ...one } of some) if (one.hold) keep(name, { ...one, hold: 0 });
    try {
      const answer = await fetch(url, {
        method: "POST", redirect: "manual",
        headers: { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ entries: some.map((one) => one.entry) }),
      });
      signedOut = answer.status === 401;
      if (answer.ok) {
        const { kept } = await answer.json();
        wasSent(url, some.filter((one) => kept.includes(one.entry.key)));
        listeners.forEach((hear) => hear(some.map((one) => one.entry.field)));
        return true;
      }
      if (answer.status === 422 && some.length > 1) {
        for (const one of some) await post(url, [one]);
      } else if (answer.status === 422) {
        const { problem } = await answer.json();
        const { name, ...one } = some[0];
        keep(name, { ...one, refused: problem });
      }
    } catch { /* no network: it stays here */ }
    return false;
  }

  async function send(even_held = false) {
    if (busy || !me) return;
    busy = true;
    failed = false;
    try {
      for (;;) {
        const now = Date.now();
        const ready = mine().filter((one) => even_held || !one.hold || one.hold < now);
        if (!ready.length) break;
        const { url } = ready[0];
        const some = ready.filter((one) => one.url === url).slice(0, 100);
        if (!(await post(url, some))) {
          // What is of another page may still go; what could not be sent waits for the next try.
          for (const other of new Set(ready.map((one) => one.url))) {
            if (other !== url) await post(other, ready.filter((one) => one.url === other).slice(0, 100));
          }
          failed = mine().length > 0;
          break;
        }
      }
    } finally { busy = false; }
    show();
  }

  function show() {
    const place = document.querySelector("[data-outbox]");
    if (!place) return;
    const waiting = mine(), others = all().filter((one) => one.by !== me);
    const refused = all().filter((one) => one.by === me && one.refused);
    const words = [];
    const old = waiting.length && Date.now() - waiting[0].at > 600000;
    place.className = "sv";
    if (!waiting.length) words.push(place.dataset.allSent || inWords("All sent"));
    else if (!failed) words.push(place.dataset.saved || inWords("Saved on this device"));
    else {
      const since = new Date(waiting[0].at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      words.push(place.dataset.saved || inWords(waiting.length === 1 ? "{n} waits on this tablet since {time}; nothing is lost" : "{n} wait on this tablet since {time}; nothing is lost", { n: waiting.length, time: since }));
      if (signedOut) words.push(inWords("sign in to send them"));
      place.classList.add(old || waiting.length >= 50 ? "old" : "waits");
    }
    if (others.length && !place.dataset.saved) words.push(inWords("{n} of another person wait: sent when that person signs in here", { n: others.length }));
    if (refused.length && !place.dataset.saved) {
      words.push(inWords("{n} not taken: {why}", { n: refused.length, why: refused[0].refused }));
      place.classList.add("old");
    }
    place.textContent = words.join(" · ");
  }

  window.addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => send(document.hidden));
  window.addEventListener("pagehide", () => send(true));
  setInterval(() => send(), 5000);
  document.addEventListener("DOMContentLoaded", () => { show(); send(); });

  return {
    say,
    send,
    pending: (url) => mine().filter((one) => one.url === url).map((one) => one.entry),
    // Whether something of a page was sent that the page does not know; it is told so once.
    isAhead: (url, known) => {
      const ahead = justSent().some((one) => one.url === url && !known.includes(one.key));
      localStorage.removeItem(SENT);
      return ahead;
    },
    heard: (hear) => listeners.push(hear),
  };
})();
