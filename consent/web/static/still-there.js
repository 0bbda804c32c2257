// Whoever has left this page alone is asked before it closes, and can go on as often as he likes. Who answers
// nothing finds a page that shows nobody. What the server knows counts; this only warns in time.
(function () {
  "use strict";
  var box = document.getElementById("still-there");
  if (!box || !box.showModal || !window.fetch) return;
  var limit = box.dataset.seconds * 1000, warning = box.dataset.warning * 1000;
  var text = document.getElementById("still-there-text"), said = document.getElementById("still-there-said");
  var last = Date.now(), told = 0, read = 0, changed = null, gone = false;
  // A second tab of the same browser is the same person.
  var tabs = window.BroadcastChannel ? new window.BroadcastChannel("still-there" + box.dataset.here) : null;

  function post(address, body) {
    body = body || new FormData();
    body.set("csrf_token", box.dataset.token);
    return fetch(address, { method: "POST", body: body, credentials: "same-origin", headers: { "X-Asks-Where": "1" } });
  }

  function tell() {
    told = Date.now();
    post(box.dataset.here).then(function (answer) {
      // Signed out or locked elsewhere: the server says where this browser stands.
      return answer.headers.get("Content-Type") === "application/json" ? answer.json() : null;
    }).then(function (known) {
      if (known && (known.open === false || known.to)) window.location.replace(known.to || box.dataset.away);
    }).catch(function () { told = 0; });
  }

  function stir(event) {
    if (gone || box.open) return;
    last = Date.now();
    if (tabs && event) tabs.postMessage(last);
    if (last - told > 30000) tell();
  }

  function stay() {
    // First, because closing gives the focus back, and whoever hears that looks at the time.
    last = Date.now();
    box.close();
    read = told = 0;
    stir(true);
  }

  function say(left) {
    var words = text.dataset.words.replace("{seconds}", left);
    if (text.textContent !== words) text.textContent = words;
    // Read out three times, not every second.
    var mark = left <= 10 ? 10 : left <= 30 ? 30 : left <= 60 ? 60 : 0;
    if (mark && mark !== read) { read = mark; said.textContent = words; }
  }

  // On his own device what he typed goes along to the page that lets him in again, and is not lost.
  function carry(typed) {
    var form = document.createElement("form");
    form.method = "post";
    form.action = box.dataset.away;
    form.hidden = true;
    typed.forEach(function (value, name) {
      var field = document.createElement("input");
      field.type = "hidden"; field.name = name; field.value = value;
      form.append(field);
    });
    document.body.append(form);
    form.submit();
  }

  // Nobody is to read this page now, with or without a connection.
  function empty() {
    var over = document.getElementById("still-there-over").content.cloneNode(true);
    gone = true;
    document.title = over.querySelector("h1").textContent;
    document.body.replaceChildren(over);
  }

  function leave() {
    var waiting = [];
    document.dispatchEvent(new CustomEvent("page-closes", { detail: waiting }));
    var form = changed && changed.isConnected ? changed : null, typed = form ? new FormData(form) : null;
    if (form) typed.set("going_to", form.action.replace(window.location.origin, ""));
    empty();
    (function attempt() {
      Promise.all(waiting.map(function (send) { return send(); })).then(function () {
        return post(box.dataset.over, typed);
      }).then(function (answer) {
        if (answer.status >= 500) throw new Error("not told");
        if (typed && box.hasAttribute("data-carries")) carry(typed);
        else window.location.replace(box.dataset.away);
      }).catch(function () { window.setTimeout(attempt, 5000); });
    })();
  }

  function look() {
    var left = last + limit - Date.now();
    if (gone) return;
    if (left <= 0) { leave(); return; }
    if (left > warning) { if (box.open) box.close(); return; }
    say(Math.ceil(left / 1000));
    if (!box.open) box.showModal();
  }

  // The browser is somebody else's now: staff handed it over, or took it back, in another tab.
  if (window.BroadcastChannel && box.dataset.whose) {
    var owner = new window.BroadcastChannel("whose");
    owner.onmessage = function (event) {
      if (gone || event.data === box.dataset.whose) return;
      empty();
      window.location.replace(box.dataset.away);
    };
    owner.postMessage(box.dataset.whose);
  }
  if (tabs) tabs.onmessage = function (event) { last = Math.max(last, event.data); look(); };
  ["pointerdown", "keydown", "input", "wheel", "touchmove", "scroll"].forEach(function (kind) {
    document.addEventListener(kind, stir, { passive: true, capture: true });
  });
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.method === "post") changed = form;
  });
  document.getElementById("still-there-stay").addEventListener("click", stay);
  box.addEventListener("cancel", function (event) { event.preventDefault(); stay(); });
  // A tablet that slept finds out at once.
  ["visibilitychange", "focus", "pageshow"].forEach(function (kind) { window.addEventListener(kind, look, true); });
  window.setInterval(look, 1000);
  // A browser that has said so once can be trusted to warn; pages of the staff need not.
  if (box.hasAttribute("data-announces")) tell(); else told = Date.now();
})();
