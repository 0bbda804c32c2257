// A page that Back brings from the browser's memory asks the server again: what it may show is decided there.
window.addEventListener("pageshow", function (event) {
  if (event.persisted) window.location.replace(window.location.href);
});
