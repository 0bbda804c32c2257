// Send what the patient answered, again and again until it has arrived, and say how it stands. The server takes the
// same thing twice and stores it once; without this script the browser sends by itself, and nothing else changes.
(function () {
  "use strict";
  var bar = document.getElementById("sending"), form = document.getElementById("answers");
  if (!bar || !window.fetch || !window.AbortController) return;
  var said = document.getElementById("sending-said"), now = document.getElementById("sending-now");
  var busy = false, lost = false, unsaved = false, faults = 0, pause = 0, timer = 0, slow = 0, keeping = null, retry = null;

  function say(what) {
    var words = what ? bar.dataset[what] : "";
    bar.hidden = !what;
    now.hidden = what !== "lost" && what !== "notStored";
    if (said.textContent !== words) said.textContent = words;
  }

  function ask(address, options) {
    var stop = new AbortController(), late = window.setTimeout(function () { stop.abort(); }, 40000);
    options.signal = stop.signal;
    options.credentials = "same-origin";
    options.headers = { "X-Asks-Where": "1" };
    return fetch(address, options).finally(function () { window.clearTimeout(late); });
  }

  function later(again) {
    retry = again;
    pause = Math.min(pause ? pause * 2 : 1000, 15000);
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { retry(); }, pause);
  }

  function arrived() {
    window.clearTimeout(slow);
    lost = false;
    pause = faults = 0;
  }

  // ------------------------------------------------------------ one press, sent until there is an answer
  function send(button) {
    var stores = button && button.hasAttribute("data-stores"), first = filled();
    busy = true;
    form.setAttribute("aria-busy", "true");
    if (keeping) keeping.abort();

    function filled() {
      var body = new FormData(form);
      if (button && button.name) body.set(button.name, button.value);
      return body;
    }

    function plainly() {
      var field = document.createElement("input");
      arrived();
      say(null);
      if (button && button.name) {
        field.type = "hidden"; field.name = button.name; field.value = button.value;
        form.append(field);
      }
      HTMLFormElement.prototype.submit.call(form);
    }

    function missed() {
      window.clearTimeout(slow);
      lost = true;
      say(stores ? "notStored" : "lost");
      later(attempt);
    }

    function attempt() {
      window.clearTimeout(slow);
      if (stores && !lost) say("storing");
      slow = window.setTimeout(function () { say(stores ? "notStored" : "slow"); }, stores ? 8000 : 4000);
      // A signature is sent as it was given; an answer that was changed meanwhile counts as it is now.
      ask(form.action, { method: "POST", body: stores ? first : filled() }).then(function (answer) {
        if (answer.status === 502 || answer.status === 503 || answer.status === 504 || answer.status === 429) { missed(); return; }
        // A fault of ours may pass; if not, its own page says so. What was signed is asked about until it is known.
        if (answer.status >= 500 && (stores || ++faults < 3)) { missed(); return; }
        if (answer.headers.get("Content-Type") !== "application/json") { plainly(); return; }
        return answer.json().then(function (known) {
          arrived();
          // Another copy of the same press is being stored at this moment: ask again what came of it.
          if (stores && /\/sign\/saving$/.test(known.to)) { say("storing"); later(attempt); return; }
          window.location.assign(known.to);
        });
      }).catch(missed);
    }
    attempt();
  }

  // ------------------------------------------------------------ answers are kept while they are given
  function keep() {
    var body = new FormData(form);
    // "Back" keeps what there is and asks for nothing more.
    body.set("go", "back");
    keeping = new AbortController();
    unsaved = true;
    return fetch(form.action, { method: "POST", body: body, credentials: "same-origin", headers: { "X-Asks-Where": "1" }, signal: keeping.signal })
      .then(function (answer) {
        if (answer.status >= 500) throw new Error("not kept");
        unsaved = false;
        if (lost && !busy) { arrived(); say("back"); window.setTimeout(function () { if (!lost && !busy) say(null); }, 6000); }
      });
  }

  function keepOn() {
    if (busy) return;
    keep().catch(function () {
      if (busy) return;
      lost = true;
      say("lost");
      later(keepOn);
    });
  }

  // ------------------------------------------------------------ is there anybody at the other end?
  function knock() {
    return ask(window.location.href, { method: "HEAD" }).then(function (answer) {
      if (answer.status >= 500) throw new Error("not well");
      arrived();
    });
  }

  function hearAgain() {
    if (busy || unsaved) return;
    knock().then(function () { say("back"); window.setTimeout(function () { if (!lost && !busy) say(null); }, 6000); })
      .catch(function () { later(hearAgain); });
  }

  if (form) {
    var wait = 0, enter = document.querySelector("[data-enter]");
    // Enter is the page's own way on, with all that belongs to that button.
    if (enter) enter.addEventListener("click", function (event) {
      var main = form.querySelector(".nhsuk-button[type=submit]:not(.nhsuk-button--secondary)");
      if (!main) return;
      event.preventDefault();
      main.click();
    });
    form.addEventListener("submit", function (event) {
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (!busy) send(event.submitter);
    });
    if (form.hasAttribute("data-keep")) {
      form.addEventListener("change", function () {
        window.clearTimeout(wait);
        wait = window.setTimeout(keepOn, 500);
      });
      document.addEventListener("page-closes", function (event) { event.detail.push(keep); });
    }
    // What Back brings out of the browser's memory can be sent again.
    window.addEventListener("pageshow", function () { busy = false; form.removeAttribute("aria-busy"); });
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='/']");
    if (!link || !lost || link.target) return;
    // Without a connection a link would lead to the browser's own page, and away from this one.
    event.preventDefault();
    retry = function () { knock().then(function () { window.location.assign(link.href); }).catch(function () { later(retry); }); };
    retry();
  });
  now.addEventListener("click", function () { window.clearTimeout(timer); if (retry) retry(); });
  window.addEventListener("offline", function () { if (!busy) { lost = true; say("lost"); later(unsaved ? keepOn : hearAgain); } });
  window.addEventListener("online", function () { window.clearTimeout(timer); if (lost && retry) retry(); });
})();
