// Dropping a file does what choosing it does; without this script the button is enough.
(function () {
  "use strict";
  var target = document.getElementById("drop");
  var input = document.getElementById("file");
  if (!target || !input || typeof DataTransfer === "undefined") { return; }
  document.getElementById("drop-hint").hidden = false;
  function over(event) {
    event.preventDefault();
    target.classList.add("drop--over");
  }
  target.addEventListener("dragenter", over);
  target.addEventListener("dragover", over);
  target.addEventListener("dragleave", function () { target.classList.remove("drop--over"); });
  target.addEventListener("drop", function (event) {
    event.preventDefault();
    target.classList.remove("drop--over");
    if (!event.dataTransfer.files.length) { return; }
    var one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", function () {
    document.getElementById("dropped").textContent = input.files.length ? "Chosen: " + input.files[0].name : "";
  });
  // A file dropped beside the target would replace the page.
  ["dragover", "drop"].forEach(function (kind) {
    window.addEventListener(kind, function (event) { event.preventDefault(); });
  });
})();
