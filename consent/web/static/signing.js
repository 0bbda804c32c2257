// Drawing a signature or a mark, where there is JavaScript; typing or the button for a mark always work. Points and
// their order are sent, no pressure, and times only if this installation keeps them.
//
// What was drawn is held here in the size in which its first stroke was drawn. The box shows it, smaller where there
// is less room; turning the tablet, zooming or scrolling changes only what the box shows.
(function () {
  "use strict";
  var form = document.querySelector("form[data-signing]");
  var canvas = document.getElementById("pad");
  if (!form || !canvas || !window.SignaturePad) return;
  var drawing = document.getElementById("drawing"), typing = document.getElementById("typing");
  var strokes = document.getElementById("strokes"), typed = document.getElementById("typed");
  var times = form.hasAttribute("data-times");
  var style = { penColor: "black", minWidth: 1, maxWidth: 2.4, dotSize: 0, velocityFilterWeight: 0.7, compositeOperation: "source-over" };
  var stored = strokes.value, pad = null, lines = [], scale = 1, wide = 0, tall = 0, ratio = 0, open = false;

  function begin() {
    if (pad) pad.off();
    pad = new window.SignaturePad(canvas, { minDistance: 1, minWidth: 1, maxWidth: 2.4, throttle: 0 });
    pad.addEventListener("beginStroke", function () { open = true; });
    pad.addEventListener("endStroke", ended);
    open = false;
  }

  function extent() {
    var right = 1, below = 1;
    lines.forEach(function (line) {
      line.forEach(function (point) { right = Math.max(right, point.x); below = Math.max(below, point.y); });
    });
    return { right: right, below: below };
  }

  // The strokes that the box holds beyond those that are held here already, in their own size.
  function take() {
    pad.toData().slice(lines.length).forEach(function (line) {
      var points = line.points.map(function (point) {
        var kept = { x: Math.round(point.x / scale * 100) / 100, y: Math.round(point.y / scale * 100) / 100 };
        if (times) kept.t = Math.round(point.time || 0);
        return kept;
      });
      if (points.length) lines.push(points);
    });
  }

  function show() {
    pad.clear();
    if (!lines.length) return;
    pad.fromData(lines.map(function (line) {
      return Object.assign({ points: line.map(function (point) {
        return { x: point.x * scale, y: point.y * scale, time: point.t || 0, pressure: 0.5 };
      }) }, style);
    }), { clear: false });
  }

  // As many pixels as the screen has. A stroke that is being drawn ends where the pen is.
  function fit() {
    var width = canvas.clientWidth, height = canvas.clientHeight, dots = Math.max(window.devicePixelRatio || 1, 1);
    if (!width || (width === wide && height === tall && dots === ratio)) return;
    take();
    if (open) begin();
    wide = width; tall = height; ratio = dots;
    var room = extent();
    scale = lines.length ? Math.min(1, wide / room.right, tall / room.below) : 1;
    canvas.width = wide * ratio;
    canvas.height = tall * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    show();
    keep(false);
  }

  function keep(tell) {
    var now = lines.length ? JSON.stringify(lines) : "";
    if (now === strokes.value) return;
    strokes.value = now;
    // The page keeps its answers on the server as they are given: a reload or a locked screen loses none.
    if (tell) strokes.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function ended() {
    open = false;
    take();
    keep(true);
  }

  // Sent at once, because there may be no later: the page goes, or the screen is locked. Nothing waits for the answer.
  function store() {
    if (strokes.value === stored) return;
    var body = new FormData(form), now = strokes.value;
    stored = now;
    body.set("go", "back");
    fetch(form.action, { method: "POST", body: body, credentials: "same-origin", headers: { "X-Asks-Where": "1" }, keepalive: now.length < 50000 })
      .catch(function () { if (stored === now) stored = null; });
  }

  function restore() {
    try {
      lines = JSON.parse(strokes.value || "[]").filter(function (line) { return line.length; });
    } catch (error) { lines = []; strokes.value = ""; }
  }

  drawing.hidden = false;
  strokes.disabled = false;
  if (typing) typing.hidden = true;
  if (typed) typed.disabled = true;
  begin();
  restore();
  fit();
  // The screen is locked or another program comes in front: what was drawn until then is kept.
  canvas.addEventListener("pointercancel", ended);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) { fit(); return; }
    ended();
    store();
  });
  window.addEventListener("pagehide", function () { ended(); store(); });
  document.getElementById("clear").addEventListener("click", function () { lines = []; scale = 1; pad.clear(); keep(true); });
  window.addEventListener("resize", fit);
  window.addEventListener("pageshow", fit);
  if (window.ResizeObserver) new ResizeObserver(fit).observe(canvas);
  // Before the page sends anything, by whichever way.
  document.addEventListener("submit", function (event) { if (event.target === form) { take(); keep(false); stored = strokes.value; } }, true);
})();
