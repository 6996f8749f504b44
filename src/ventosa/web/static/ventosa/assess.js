// The assessment: every change is said at once; the page goes on when the server has it.
"use strict";
(() => {
  const root = document.querySelector("[data-assess]");
  if (!root || !window.Outbox) return;
  const { url, known, level_mm: levelMm } = JSON.parse(document.getElementById("sight").textContent);
  if (known && Outbox.isAhead(url, known)) { location.reload(); return; }
  const sight = {};
  const told = document.querySelector("[data-told]");
  const SIDES = { left: inWords("Left"), right: inWords("Right") };
  const TENSION = ["", inWords("slight tension"), inWords("clear tension"), inWords("marked tension")];
  const settled = new Set();
  let goesOn = false, redraws = false;

  // What is drawn anew is in sight as the server says; what still stands on the page from before is
  // in sight as it stands, so that the words of somebody else are not written over unseen.
  function look(ids) {
    const drawn = (field) => !ids || (/^(fact|repeat|none):/.test(field) && ids.includes("questions")) || (field === "zones" && ids.includes("findings"));
    for (const [field, key] of Object.entries(JSON.parse(document.getElementById("sight").textContent).sight)) if (drawn(field)) sight[field] = key;
    for (const entry of Outbox.pending(url)) seen(entry.field, entry.key, entry.value);
  }
  function seen(field, key, value) {
    if (field.startsWith("none:")) value.forEach((fact) => { sight[`fact:${fact}`] = key; });
    else sight[field] = key;
  }
  // A form that shows two words names both; else what this page had in sight last.
  function say(field, value, more = {}) {
    const key = Outbox.say({ url, field, value, saw: sight[field] ?? "", ...more });
    seen(field, key, value);
    return key;
  }
  const json = (text) => { try { return JSON.parse(text); } catch { return undefined; } };

  // --- questions ------------------------------------------------------------------------------
  const isQuestion = (name) => /^(fact|repeat|none):/.test(name) || name === "confirmed";

  function noteOf(form, field) { return form.elements[`note:${field}`]?.value.trim() ?? ""; }

  function sayInput(form, input) {
    const value = json(input.value);
    if (value === undefined || (input.type === "number" && !input.checkValidity())) return false;
    const note = noteOf(form, input.name), said = JSON.stringify([value, note]);
    if (form.said?.[input.name] === said) return true;
    form.said = { ...form.said, [input.name]: said };
    say(input.name, value, { note });
    return true;
  }
  function given(form) {
    return Array.from(form.elements).filter((input) => /^fact:/.test(input.name) && input.type !== "submit"
      && input.tagName === "INPUT" && input.offsetParent !== null
      && (input.type === "number" ? input.value !== "" : input.checked));
  }
  function sayForm(form, button) {
    const inputs = given(form);
    const wrong = inputs.find((input) => !sayInput(form, input));
    if (wrong) { wrong.reportValidity?.(); return false; }
    const answered = new Set([...inputs.map((input) => input.name), button?.name]);
    const alone = Array.from(form.elements).find((input) => input.name.startsWith("note:") && input.value.trim() && !answered.has(input.name.slice(5)));
    if (alone) {
      alone.setCustomValidity(inWords("Answer the question beside this note, or move it to the note of the visit."));
      alone.closest("details").open = true;
      alone.reportValidity();
      alone.addEventListener("input", () => alone.setCustomValidity(""), { once: true });
      return false;
    }
    if (button?.name.startsWith("settle:")) { settle(form, button.name.slice(7), json(button.value)); return true; }
    if (button && isQuestion(button.name)) {
      let value = json(button.value);
      if (button.name.startsWith("none:")) {
        const done = new Set(inputs.map((input) => input.name));
        value = value.filter((fact) => !done.has(`fact:${fact}`));
      }
      const more = { note: noteOf(form, button.name) };
      if (!Array.isArray(value) || value.length || button.name === "confirmed") say(button.name, value, more);
    }
    return true;
  }

  // One of two answers is taken: the entry names both, and what else shows it follows at once.
  function settle(form, field, value) {
    say(field, value, { saw: form.elements[`saw:${field}`].value });
    settled.add(field);
    if (field.startsWith("site:")) { places.set(field.slice(5), value); draw(field.slice(5)); list(); }
    else if (field === "zones" || field === "sites") redraws = true;
    else show(field, value);
  }
  // What a field of the panel of pain shows.
  function show(field, value) {
    for (const input of root.querySelectorAll(`#pain [name="${CSS.escape(field)}"]`)) {
      if (input.type === "radio") input.checked = input.value === String(value);
      else input.value = value ?? "";
    }
  }

  async function goOn() {
    if (Outbox.pending(url).some((entry) => isQuestion(entry.field) || settled.has(entry.field))) {
      if (told) told.textContent = told.dataset.away || inWords("The next question comes when the server has these. What you said is kept on this device.");
      return;
    }
    goesOn = false;
    settled.clear();
    await refresh(["questions"], true);
  }
  async function refresh(ids, moves = false) {
    let answer;
    try { answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }); } catch { return; }
    if (!answer.ok || answer.redirected) { location.reload(); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of [...ids, "sight"]) {
      const here = document.getElementById(id), there = page.getElementById(id);
      if (here && there) here.replaceChildren(...there.childNodes);
    }
    look(ids);
    if (ids.includes("maps")) { bands(); zonesInSight(); }
    if (told) told.textContent = "";
    if (location.search || location.hash.startsWith("#q-")) history.replaceState(null, "", location.pathname + (location.hash.startsWith("#q-") ? "" : location.hash));
    if (moves) {
      root.querySelector("#questions [tabindex='-1']")?.focus({ preventScroll: true });
      document.getElementById("questions").scrollIntoView({ block: "nearest" });
    }
  }
  Outbox.heard(() => {
    if (goesOn) goOn();
    if (redraws && !Outbox.pending(url).some((entry) => entry.field === "zones")) {
      redraws = false;
      refresh(["maps", "findings", "finding", "questions"]);
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (!form.matches(".says") || event.defaultPrevented) return;
    event.preventDefault();
    delete form.dataset.sent;
    if (form.id === "sheet") { button?.name === "clear" ? clear() : felt(); return; }
    if (form.matches("[data-add]")) { add(form); return; }
    if (form.matches("[data-zone]") || button?.name === "zones") { zone(form, button); return; }
    if (!sayForm(form, button)) return;
    goesOn = true;
    goOn();
  });
  document.addEventListener("change", (event) => {
    const input = event.target, form = input.form;
    if (!form?.matches(".says")) return;
    if (form.id === "sheet") felt();
    else if (input.name.startsWith("fact:")) {
      sayInput(form, input);
    } else if (input.name.startsWith("note:fact:")) {
      given(form).filter((one) => one.name === input.name.slice(5)).forEach((one) => sayInput(form, one));
    } else if (/^pain_/.test(input.name)) say(input.name, Number(input.value));
    else if (input.name === "onset_date") say("onset_date", input.value || null);
  });
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches("[data-draft]")) return;
    // A text that is still being typed stays one entry, which saw what stood there before it; once
    // it is on its way, what is typed next saw it.
    say(input.name, input.value, { hold: 4000 });
  });

  // --- the map --------------------------------------------------------------------------------
  const sheet = document.getElementById("sheet");
  const rows = root.querySelector("[data-places]");
  const places = new Map();

  function band(place) { return root.querySelector(`.vm-band[data-place="${place}"]`); }
  function prefixOf(shape) { return shape.closest("[data-third]").querySelector("pattern").id.replace(/-(tension|closed).*$/, ""); }
  function draw(place) {
    const value = places.get(place), shape = band(place);
    if (!shape) return;
    const tension = value?.tension ?? 0, tender = value?.tenderness ?? 0;
    const prefix = prefixOf(shape);
    shape.querySelector(".vm-felt").setAttribute("fill", tension ? `url(#${prefix}-tension-${tension})` : "none");
    shape.querySelector(".vm-n").textContent = tension || "";
    shape.querySelector(".vm-tender").setAttribute("visibility", tender ? "visible" : "hidden");
    shape.querySelector(".vm-t").textContent = tender || "";
    const closed = /, closed: .*/.exec(shape.getAttribute("aria-label"))?.[0] ?? "";
    shape.setAttribute("aria-label", [words(place), TENSION[tension], tender ? inWords("tenderness {n} of 3", { n: tender }) : ""].filter(Boolean).join(", ") + closed);
  }
  function words(place) { const [level, side] = place.split(":"); return `${SIDES[side]}, ${level}`; }
  function list() {
    if (!rows) return;
    const shown = [...places].filter(([, v]) => v && (v.tension || v.tenderness || v.stiffness || v.movement));
    rows.replaceChildren(...shown.map(([place, value]) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row"; head.textContent = words(place);
      if (value.movement) { const how = document.createElement("span"); how.className = "lab"; how.textContent = value.movement; head.append(how); }
      row.append(head, ...["tension", "tenderness", "stiffness"].map((name) => {
        const cell = document.createElement("td"); cell.textContent = value[name] ?? 0; return cell;
      }));
      return row;
    }));
    root.querySelector("[data-count]").textContent = shown.length;
  }
  function mark(place, value) { places.set(place, value); say(`site:${place}`, value); draw(place); list(); }
  function felt() {
    const form = new FormData(sheet), grade = (name) => Number(form.get(name) ?? 0);
    mark(form.get("place"), { tension: grade("tension"), tenderness: grade("tenderness"), stiffness: grade("stiffness"), movement: String(form.get("movement") ?? "").trim() });
  }
  function clear() { const place = sheet.elements.place.value; mark(place, null); choose(place); }
  function add(form) {
    const data = new FormData(form), [level, side] = data.get("place").split(":");
    const value = { tension: Number(data.get("tension")), tenderness: Number(data.get("tenderness")), stiffness: Number(data.get("stiffness")), movement: "" };
    (side === "both" ? ["left", "right"] : [side]).forEach((one) => mark(`${level}:${one}`, { ...value }));
  }
  function choose(place) {
    const value = places.get(place) ?? {};
    sheet.hidden = false;
    sheet.elements.place.value = place;
    sheet.querySelector("[data-place-words]").textContent = words(place);
    for (const name of ["tension", "tenderness", "stiffness"]) sheet.querySelectorAll(`[name=${name}]`).forEach((input) => { input.checked = Number(input.value) === (value[name] ?? 0); });
    sheet.elements.movement.value = value.movement ?? "";
    const [level, side] = place.split(":");
    for (const shape of root.querySelectorAll(".vm-band")) {
      shape.classList.toggle("on", shape.dataset.place === place);
      shape.setAttribute("aria-pressed", String(shape.dataset.place === place));
    }
    for (const name of root.querySelectorAll(".vm-level")) name.classList.toggle("on", name.dataset.level === level);
    const finding = document.getElementById("finding");
    finding.querySelector("#zone_level").value = level;
    finding.querySelector("#zone_side").value = side;
    sheet.querySelector(".seg").scrollIntoView({ block: "nearest" });
  }
  // --- skin findings: what is drawn counts on this page at once, and is marked until it is sent -----
  let zones = [];
  const same = (one) => JSON.stringify(one);
  function zonesKept() { return json(document.querySelector("#finding [name=zones_now]")?.value ?? "[]"); }
  function zone(form, button) {
    if (button?.name === "zones") {
      // The button was made for the list of the server: only what it takes away is taken away.
      const left = json(button.value).map(same);
      const gone = zonesKept().map(same).filter((one) => !left.includes(one));
      sayZones(zones.filter((one) => !gone.includes(same(one))));
    } else {
      const data = new FormData(form);
      sayZones([...zones, { kind: data.get("zone_kind"), side: data.get("zone_side"), level: data.get("zone_level"), lateral_mm: Number(data.get("zone_lateral")), radius_mm: Number(data.get("zone_radius")) }]);
    }
  }
  function sayZones(now) { redraws = true; say("zones", now); zones = now; drawWaiting(); }
  function drawWaiting() {
    root.querySelectorAll(".waits").forEach((one) => one.remove());
    const kept = zonesKept().map(same), now = zones.map(same);
    const list = document.createElement("ul");
    list.className = "list waits";
    for (const one of zones.filter((z) => !kept.includes(same(z)))) {
      drawZone(one);
      list.append(waitingRow(zoneWords(one), () => sayZones(zones.filter((z) => z !== one))));
    }
    const gone = kept.filter((one) => !now.includes(one)).length;
    if (gone) list.append(waitingRow(inWords("{n} taken away: closed until it is sent", { n: gone })));
    else if (!list.children.length) list.append(waitingRow(inWords("Nothing found on the whole back")));
    document.getElementById("findings").append(list);
  }
  function waitingRow(text, remove) {
    const row = document.createElement("li"), words = document.createElement("span"), tag = document.createElement("span");
    row.className = "row"; words.className = "grow"; tag.className = "tag plain";
    words.textContent = text; tag.textContent = inWords("Waiting");
    row.append(words, tag);
    if (remove) {
      const button = document.createElement("button");
      button.type = "button"; button.className = "bare"; button.textContent = inWords("Remove");
      button.setAttribute("aria-label", `${button.textContent}: ${text}`);
      button.addEventListener("click", remove);
      row.append(button);
    }
    return row;
  }
  function zoneWords(one) {
    const word = (name, value) => document.querySelector(`#zone_${name} option[value="${value}"]`)?.textContent ?? value;
    const told = { kind: word("kind", one.kind), level: one.level, side: word("side", one.side).toLowerCase(), mm: one.lateral_mm, radius: one.radius_mm };
    return inWords("{kind} at {level}, {side}, {mm} mm from the midline, radius {radius} mm", told);
  }
  function drawZone(one) {
    const sides = { left: [-1], right: [1] }[one.side] ?? [-1, 1];
    for (const place of root.querySelectorAll(".vm-closed")) {
      for (const side of sides) {
        const disc = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        const at = { class: "vb-closed waits", cx: side * one.lateral_mm, cy: levelMm[one.level], r: one.radius_mm, fill: `url(#${prefixOf(place)}-closed)` };
        for (const [name, value] of Object.entries(at)) disc.setAttribute(name, value);
        place.append(disc);
      }
    }
  }
  // What waits on this device stands over what the server has.
  function zonesInSight() {
    const waits = Outbox.pending(url).filter((entry) => entry.field === "zones").pop();
    zones = waits ? waits.value : zonesKept();
    if (waits) { redraws = true; drawWaiting(); }
  }
  function bands() {
    for (const shape of root.querySelectorAll(".vm-band")) {
      shape.setAttribute("role", "button");
      shape.setAttribute("aria-pressed", String(shape.classList.contains("on")));
      if (places.has(shape.dataset.place)) draw(shape.dataset.place);
    }
  }
  root.addEventListener("click", (event) => {
    const shape = event.target.closest(".vm-band"), third = event.target.closest("[data-to-third]");
    if (shape) { event.preventDefault(); choose(shape.dataset.place); }
    if (third) {
      event.preventDefault();
      root.querySelectorAll(".third").forEach((one) => { one.hidden = one.dataset.third !== third.dataset.toThird; });
      root.querySelectorAll("[data-to-third]").forEach((one) => one.toggleAttribute("aria-current", one === third));
      third.setAttribute("aria-current", "true");
    }
  });
  root.addEventListener("keydown", (event) => {
    const shape = event.target.closest?.(".vm-band");
    if (shape && event.key === " ") { event.preventDefault(); choose(shape.dataset.place); }
  });

  // --- what this device still holds -------------------------------------------------------------
  look();
  if (sheet) {
    for (const row of rows.querySelectorAll("tr")) {
      const { place, tension, tenderness, stiffness, movement } = row.dataset;
      places.set(place, { tension: Number(tension), tenderness: Number(tenderness), stiffness: Number(stiffness), movement });
    }
    for (const entry of Outbox.pending(url)) {
      if (entry.field.startsWith("site:")) { places.set(entry.field.slice(5), entry.value); draw(entry.field.slice(5)); }
      show(entry.field, entry.value);
    }
    list();
    bands();
    zonesInSight();
  }
  if (Outbox.pending(url).some((entry) => isQuestion(entry.field))) goesOn = true;

  // --- a link to one question opens its screen, and the answer begins there ----------------------------
  function toQuestion() {
    const fact = /^#q-(\w+)$/.exec(location.hash)?.[1];
    if (!fact) return;
    const card = document.getElementById(`q-${fact}`);
    if (card) {
      card.querySelector(".an button, .pick input, input[type=number], a")?.focus({ preventScroll: true });
      card.scrollIntoView({ block: "center" });
    } else if (!new URLSearchParams(location.search).has("ask")) location.replace(`?ask=${fact}${location.hash}`);
  }
  // The browser takes the focus away as it goes to an anchor: after that, not before.
  for (const moment of ["load", "hashchange"]) window.addEventListener(moment, () => setTimeout(toQuestion));
})();
