// The plan page: a cup is dragged on the drawing; only the chosen cup shows its arrows. Each change is
// a form that is sent, so that all of it works without this script too.
"use strict";
(() => {
  const STEP = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "to_left", ArrowRight: "to_right" };
  let chosen = "1";
  let held = null;
  let isTouched = false;

  const forms = () => [...document.querySelectorAll("[data-cup-form]")];
  const cups = () => [...document.querySelectorAll("#plate .vb-cup")];

  function choose(number, shown = true) {
    chosen = number;
    for (const form of forms()) form.hidden = form.dataset.cupForm !== number;
    for (const cup of cups()) cup.classList.toggle("chosen", shown && cup.dataset.cup === number);
    for (const chip of document.querySelectorAll(".chips button")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.cup === number));
    }
  }

  function begin() {
    const all = forms();
    for (const chips of document.querySelectorAll(".chips")) chips.remove();
    if (!all.length) return;
    if (!all.some((form) => form.dataset.cupForm === chosen)) chosen = "1";
    const chips = document.createElement("div");
    chips.className = "chips";
    for (const form of all) {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.dataset.cup = form.dataset.cupForm;
      chip.textContent = form.dataset.cupForm;
      chip.setAttribute("aria-label", `Cup ${form.dataset.cupForm}`);
      chip.addEventListener("click", () => { isTouched = true; choose(chip.dataset.cup); });
      chips.append(chip);
    }
    all[0].before(chips);
    choose(chosen, isTouched);
  }

  function place(svg, event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(svg.getScreenCTM().inverse());
  }

  function centre(cup) {
    const opening = cup.querySelector(".vb-opening");
    return { x: Number(opening.getAttribute("cx")), y: Number(opening.getAttribute("cy")) };
  }

  document.addEventListener("pointerdown", (event) => {
    const cup = event.target.closest("[data-drag] .vb-cup");
    if (!cup || event.button !== 0) return;
    const svg = cup.ownerSVGElement;
    isTouched = true;
    choose(cup.dataset.cup);
    held = { cup, svg, from: place(svg, event), moved: false };
    cup.classList.add("held");
    cup.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const to = place(held.svg, event);
    held.by = { x: to.x - held.from.x, y: to.y - held.from.y };
    if (Math.hypot(held.by.x, held.by.y) > 2) held.moved = true;
    if (held.moved) held.cup.setAttribute("transform", `translate(${held.by.x} ${held.by.y})`);
  });

  function drop(event) {
    if (!held) return;
    const { cup, moved, by } = held;
    held = null;
    cup.classList.remove("held");
    if (!moved || event.type === "pointercancel") { cup.removeAttribute("transform"); return; }
    const at = centre(cup);
    const form = document.querySelector(`[data-cup-form="${cup.dataset.cup}"]`);
    const plate = document.getElementById("plate");
    const values = {
      act: "move", cup: cup.dataset.cup, saw: plate.dataset.saw,
      x: (at.x + by.x).toFixed(1), y: (at.y + by.y).toFixed(1),
      key: form.querySelector("[name=key]").value,
      csrfmiddlewaretoken: form.querySelector("[name=csrfmiddlewaretoken]").value,
    };
    htmx.ajax("POST", plate.dataset.drag, { target: "#plan", values })
      .catch(() => cup.removeAttribute("transform"));
  }
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);

  // Arrow keys step the chosen cup while one of its buttons has the focus.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest && event.target.closest("[data-cup-form]");
    if (!form || !STEP[event.key] || event.target.matches("select, input")) return;
    event.preventDefault();
    form.querySelector(`[value=${STEP[event.key]}]`).click();
  });

  // What had the focus keeps it when the page is drawn anew.
  let focused = null, opening = "";
  document.addEventListener("htmx:beforeRequest", () => {
    const now = document.activeElement;
    const form = now && now.closest("[data-cup-form]");
    const read = now && now.closest(".readthis");
    opening = read ? read.id : "";
    focused = form ? [form.dataset.cupForm, now.value] : now && now.getAttribute("aria-label");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "plan") return;
    begin();
    const told = document.getElementById("told");
    if (told && told.classList.contains("bad") && !Array.isArray(focused)) { told.focus(); return; }
    const again = Array.isArray(focused)
      ? document.querySelector(`[data-cup-form="${focused[0]}"] [value="${focused[1]}"]`)
      : focused && document.querySelector(`#plan [aria-label="${CSS.escape(focused)}"]`);
    if (again && !again.disabled && !again.closest("[hidden]")) again.focus();
  });
  document.addEventListener("htmx:afterRequest", () => {
    const read = opening && document.getElementById(opening);
    if (read) read.focus();
    opening = "";
  });
  begin(); // the script is deferred: the page is read
})();
