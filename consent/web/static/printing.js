// A button that opens the print dialogue; without JavaScript the browser's own menu does.
document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});
