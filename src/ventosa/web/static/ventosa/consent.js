// A signature drawn with finger, pen or mouse: strokes are kept as points in units of the field (not of
// the screen), so that turning the tablet redraws them; and on the device, so that a reload does too.
"use strict";
(() => {
  const form = document.getElementById("sign");
  if (!form) return;
  const box = form.querySelector(".pad-field"), canvas = form.querySelector("canvas"), how = form.querySelector(".how");
  const state = form.querySelector("[data-state]"), typed = form.querySelector(".typed"), field = form.elements.strokes;
  const WIDTH = Number(canvas.dataset.width), HEIGHT = Number(canvas.dataset.height);
  const NAME = `draft:strokes:${form.dataset.keep}:${location.pathname}`;
  const pen = canvas.getContext("2d");
  let strokes = [], now = null, began = 0;

  const read = () => { try { return JSON.parse(localStorage.getItem(NAME)); } catch { return null; } };
  const keep = () => {
    try {
      if (strokes.length) localStorage.setItem(NAME, JSON.stringify({ at: Date.now(), key: form.elements.key.value, values: [], strokes }));
      else localStorage.removeItem(NAME);
    } catch { /* no storage: it stays on the page */ }
  };
  const tell = () => {
    field.value = strokes.length ? JSON.stringify(strokes) : "";
    state.textContent = strokes.length ? state.dataset.drawn : state.dataset.empty;
  };

  const draw = () => {
    const wide = canvas.clientWidth, high = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
    if (!wide) return;
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
    pen.setTransform(canvas.width / WIDTH, 0, 0, canvas.height / HEIGHT, 0, 0);
    pen.lineWidth = 4;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(canvas).color;
    for (const stroke of strokes) {
      pen.beginPath();
      stroke.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.stroke();
    }
  };

  const point = (event) => {
    const place = canvas.getBoundingClientRect();
    const round = (value, most) => Math.round(Math.min(Math.max(value, 0), most) * 10) / 10;
    return [round(((event.clientX - place.left) / place.width) * WIDTH, WIDTH), round(((event.clientY - place.top) / place.height) * HEIGHT, HEIGHT), Math.round(event.timeStamp - began)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    if (!strokes.length) began = event.timeStamp;
    now = [point(event)];
    strokes.push(now);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!now) return;
    for (const one of event.getCoalescedEvents ? event.getCoalescedEvents() : [event]) now.push(point(one));
    draw();
  });
  const lift = () => { if (now) { now = null; tell(); keep(); draw(); } };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  form.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; tell(); keep(); draw(); });

  const show = () => {
    const drawn = form.elements.method.value === "drawn";
    box.hidden = !drawn;
    typed.hidden = drawn;
    if (drawn) draw();
  };
  const kept = read();
  if (kept && kept.strokes && kept.strokes.length) { strokes = kept.strokes; if (kept.key && !document.querySelector("main > [role=alert]")) form.elements.key.value = kept.key; }
  how.hidden = false;
  if (!form.elements.typed_name.value) form.elements.method.value = "drawn";
  how.addEventListener("change", show);
  new ResizeObserver(draw).observe(canvas);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  tell();
  show();
})();
