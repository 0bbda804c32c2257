// Read the page aloud with a voice that is on this device and speaks the page's language. A voice that is somewhere
// else would send the words away, so without one on the device there is no button at all.
(function () {
  var box = document.getElementById("reading");
  var speech = window.speechSynthesis;
  if (!box || !speech || !window.SpeechSynthesisUtterance) return;
  var start = document.getElementById("reading-start");
  var pause = document.getElementById("reading-pause");
  var stop = document.getElementById("reading-stop");
  var pauseWords = pause.textContent;
  var language = document.documentElement.lang.toLowerCase();
  var main = document.getElementById("maincontent");
  var voice = null;
  var queue = [];
  var now = null;
  var paused = false;
  var turn = 0;

  function tag(text) { return String(text || "").toLowerCase().replace(/_/g, "-"); }

  function find() {
    var here = speech.getVoices().filter(function (each) {
      return each.localService === true && tag(each.lang).split("-")[0] === language.split("-")[0];
    });
    voice = here.find(function (each) { return tag(each.lang) === language; }) || here.find(function (each) { return each.default; }) || here[0] || null;
    box.hidden = !voice;
    if (!voice && now) end();
  }

  // What is read: each piece of text once, in the order of the page; not the buttons, not what is hidden.
  function pieces() {
    var every = main.querySelectorAll("h1, h2, h3, p, li, legend, label, dt, dd, th, td, .nhsuk-hint");
    return Array.prototype.filter.call(every, function (each) {
      if (each.closest("[data-unread], [hidden], .actions, .progress, .nhsuk-error-summary, .nhsuk-visually-hidden")) return false;
      if (!each.textContent.trim() || !(each.checkVisibility ? each.checkVisibility() : each.offsetParent)) return false;
      return !Array.prototype.some.call(every, function (other) { return other !== each && other.contains(each); });
    });
  }

  function mark(piece, on) { if (piece) piece.classList.toggle("read-now", on); }

  function next() {
    mark(now, false);
    now = queue.shift() || null;
    if (!now) { end(); return; }
    var mine = turn;
    var said = new SpeechSynthesisUtterance(now.innerText.replace(/\s+/g, " ").trim());
    said.voice = voice;
    said.lang = voice.lang;
    said.rate = 0.9;
    said.onend = said.onerror = function () { if (mine === turn && !paused) next(); };
    mark(now, true);
    speech.speak(said);
  }

  function show(reading) {
    start.hidden = reading;
    pause.hidden = stop.hidden = !reading;
    pause.textContent = paused ? pause.dataset.resume : pauseWords;
  }

  function end() {
    turn += 1;
    mark(now, false);
    now = null;
    queue = [];
    paused = false;
    speech.cancel();
    show(false);
  }

  start.addEventListener("click", function () {
    end();
    queue = pieces();
    show(true);
    next();
    pause.focus();
  });
  // Some engines forget where they paused, so a pause ends the piece, and reading on begins it again.
  pause.addEventListener("click", function () {
    paused = !paused;
    if (paused) {
      turn += 1;
      speech.cancel();
    } else {
      queue.unshift(now);
      next();
    }
    show(true);
  });
  stop.addEventListener("click", function () { end(); start.focus(); });
  window.addEventListener("pagehide", end);
  if (speech.addEventListener) speech.addEventListener("voiceschanged", find);
  find();
})();
