// The file stays here: its check sum is worked out on this device, and only that is sent. Without a secure
// connection, or without this script, the whole file is sent instead, and the page says so.
(function () {
  "use strict";
  var form = document.getElementById("file-form");
  if (!form || !window.crypto || !window.crypto.subtle) { return; }
  document.getElementById("file-goes").hidden = true;
  document.getElementById("file-stays").hidden = false;
  var field = document.getElementById("file");
  form.addEventListener("submit", function (event) {
    var file = field.files[0];
    if (!file || form.querySelector("input[name=sha256]")) { return; }
    event.preventDefault();
    file.arrayBuffer()
      .then(function (bytes) { return window.crypto.subtle.digest("SHA-256", bytes); })
      .then(function (digest) {
        var sum = document.createElement("input");
        sum.type = "hidden";
        sum.name = "sha256";
        sum.value = Array.from(new Uint8Array(digest), function (each) {
          return each.toString(16).padStart(2, "0");
        }).join("");
        form.appendChild(sum);
        // A field that is disabled is not sent.
        field.disabled = true;
        form.submit();
      });
  });
  // Coming back by the browser's own button, one may choose again.
  window.addEventListener("pageshow", function () {
    field.disabled = false;
    form.querySelectorAll("input[name=sha256]").forEach(function (each) { each.remove(); });
  });
})();
