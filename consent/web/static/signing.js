// Drawing a signature, where there is JavaScript; typing one always works. Points and their order are sent, no
// pressure, and times only if this installation keeps them.
(function () {
  var form = document.querySelector("form[data-signing]");
  var canvas = document.getElementById("pad");
  if (!form || !canvas || !window.SignaturePad) return;
  var drawing = document.getElementById("drawing");
  var typing = document.getElementById("typing");
  var strokes = document.getElementById("strokes");
  var typed = document.getElementById("typed");
  var drawInstead = document.getElementById("draw-instead");
  var way = document.getElementById("way");
  var pad = new window.SignaturePad(canvas, { minDistance: 1, minWidth: 1, maxWidth: 2.4 });
  var width = 0;

  // The canvas has as many pixels as the screen; after a turn of the tablet the same points are drawn again,
  // smaller where there is less room.
  function fit() {
    var wide = canvas.clientWidth;
    if (!wide || wide === width) return;
    var ratio = Math.max(window.devicePixelRatio || 1, 1);
    var scale = width ? Math.min(wide / width, 1) : 1;
    var lines = pad.toData();
    lines.forEach(function (line) {
      line.points.forEach(function (point) { point.x *= scale; point.y *= scale; });
    });
    canvas.width = wide * ratio;
    canvas.height = canvas.clientHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    width = wide;
    pad.clear();
    if (lines.length) pad.fromData(lines);
  }

  function keep() {
    var times = form.hasAttribute("data-times");
    strokes.value = pad.isEmpty() ? "" : JSON.stringify(pad.toData().map(function (line) {
      return line.points.map(function (point) {
        var kept = { x: Math.round(point.x * 100) / 100, y: Math.round(point.y * 100) / 100 };
        if (times) kept.t = Math.round(point.time || 0);
        return kept;
      });
    }));
  }

  function restore() {
    if (!strokes.value) return;
    try {
      pad.fromData(JSON.parse(strokes.value).map(function (line) {
        return { points: line.map(function (point) { return { x: point.x, y: point.y, time: point.t || 0, pressure: 0.5 }; }), penColor: "black", minWidth: 1, maxWidth: 2.4, dotSize: 0, velocityFilterWeight: 0.7, compositeOperation: "source-over" };
      }));
    } catch (error) { strokes.value = ""; }
  }

  function choose(draw, focus) {
    drawing.hidden = !draw;
    typing.hidden = draw;
    strokes.disabled = !draw;
    typed.disabled = draw;
    drawInstead.hidden = draw;
    way.value = draw ? "draw" : "type";
    if (draw) { fit(); } else if (focus) { typed.focus(); }
  }

  pad.addEventListener("endStroke", keep);
  document.getElementById("clear").addEventListener("click", function () { pad.clear(); keep(); });
  document.getElementById("type-instead").addEventListener("click", function () { choose(false, true); });
  drawInstead.addEventListener("click", function () { choose(true); document.getElementById("type-instead").focus(); });
  window.addEventListener("resize", fit);

  var sent = false;
  form.addEventListener("submit", function (event) {
    if (event.submitter && event.submitter.value !== "sign") return;
    if (sent) { event.preventDefault(); return; }
    sent = true;
    keep();
    document.getElementById("saving").hidden = false;
  });
  window.addEventListener("pageshow", function () { sent = false; });

  // After a mistake on this page, who drew goes on drawing and who typed goes on typing.
  choose(way.value !== "type" || !!strokes.value);
  restore();
  var wrong = document.getElementById("typed-error");
  if (wrong && way.value === "draw") {
    drawing.insertBefore(wrong, canvas);
    var link = document.querySelector('a[href="#typed"]');
    if (link) link.setAttribute("href", "#clear");
  }
})();
