// The hand-over takes this page's place in the history, so that Back leads to nothing of the staff's.
document.querySelectorAll("form[data-replace]").forEach(function (form) {
  // What the patient's pages load and the staff's do not is there before he needs it, on the slowest line too.
  (form.dataset.warm || "").split(" ").filter(Boolean).forEach(function (file) {
    // To its end: what was begun only is not kept.
    fetch(file).then(function (answer) { return answer.arrayBuffer(); }).catch(function () {});
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.redirected) throw new Error("not handed over");
        window.location.replace(answer.url);
      })
      .catch(function () { window.location.replace(window.location.href); });
  });
});
