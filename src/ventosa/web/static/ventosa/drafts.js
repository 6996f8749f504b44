// Half-typed words are kept on this device until the form was accepted: through sign-out, rotation,
// a closed tab, a server that is away. A form takes part by data-keep, which names its writer.
"use strict";
(() => {
  const PREFIX = "draft:";
  const DAYS = 14;
  const read = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
  const drop = (name) => { try { localStorage.removeItem(name); } catch { /* no storage: nothing is kept */ } };
  const names = () => { try { return Object.keys(localStorage).filter((n) => n.startsWith(PREFIX)); } catch { return []; } };
  const fields = (form) => [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit", "button"].includes(e.type) && e.tagName !== "BUTTON");

  // What the server accepted is let go of, and what nobody came back for.
  const cookie = document.cookie.match(/(?:^|; )accepted=([^;]+)/);
  for (const name of names()) {
    const draft = read(name);
    const old = !draft || Date.now() - draft.at > DAYS * 86400000;
    if (old || (cookie && draft.key === cookie[1])) drop(name);
  }
  if (cookie) document.cookie = "accepted=; path=/; max-age=0; samesite=lax";

  for (const form of document.querySelectorAll("form[data-keep]")) {
    const path = new URL(form.getAttribute("action") || location.pathname, location.href).pathname;
    const name = `${PREFIX}${form.dataset.keep}:${path}`;
    const key = form.elements.key;
    let discarded = false;

    // A refused form comes back with its words: those of the page are newer than those kept.
    const cameBack = "back" in form.dataset || Boolean(form.querySelector("[role=alert]") || document.querySelector("main > [role=alert]"));
    // Only what was changed is kept: what somebody else wrote meanwhile into the rest stays theirs.
    const changed = (e) => {
      if (cameBack) return true;
      if (e.type === "checkbox" || e.type === "radio") return e.checked !== e.defaultChecked;
      if (e.options) return [...e.options].some((one) => one.selected !== one.defaultSelected);
      return e.value !== e.defaultValue;
    };
    const keep = () => {
      if (discarded) return;
      const values = fields(form).filter(changed).map((e) => [e.name, e.type === "checkbox" || e.type === "radio" ? e.value : "", e.type === "checkbox" || e.type === "radio" ? e.checked : e.value]);
      if (!values.length) { drop(name); return; }
      try { localStorage.setItem(name, JSON.stringify({ at: Date.now(), key: key ? key.value : "", values })); } catch { /* full: the form still works */ }
    };

    const tell = (at) => {
      const line = document.createElement("p");
      line.className = "told broken row";
      line.setAttribute("role", "status");
      const words = document.createElement("span");
      words.className = "grow";
      words.textContent = inWords("Kept on this device from {time}.", { time: new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) });
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = inWords("Discard");
      button.addEventListener("click", () => { discarded = true; drop(name); location.reload(); });
      line.append(words, button);
      form.prepend(line);
    };

    const draft = cameBack ? null : read(name);
    if (draft) {
      for (const [field, value, state] of draft.values) {
        for (const e of fields(form)) {
          if (e.name !== field) continue;
          if (e.type === "checkbox" || e.type === "radio") { if (e.value === value) e.checked = state; } else e.value = state;
        }
      }
      if (key && draft.key) key.value = draft.key;
      tell(draft.at);
    }

    let wait = 0;
    form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(keep, 150); });
    form.addEventListener("change", keep);
    form.addEventListener("submit", keep);
    window.addEventListener("pagehide", () => { if (wait) { clearTimeout(wait); if (read(name)) keep(); } });
  }
})();
