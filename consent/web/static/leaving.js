// The code for the phone ends when its page is left in any way but by its own button, and after its time.
(function () {
  var form = document.querySelector("form[data-leaving]");
  if (!form) return;
  var onward = false;
  form.addEventListener("submit", function () { onward = true; });
  window.addEventListener("pagehide", function () {
    if (onward) return;
    var body = new URLSearchParams();
    body.set("csrf_token", form.querySelector("input[name=csrf_token]").value);
    navigator.sendBeacon(form.dataset.leaving, body);
  });
  window.setTimeout(function () { window.location.replace(form.dataset.over); }, Number(form.dataset.seconds) * 1000);
})();
