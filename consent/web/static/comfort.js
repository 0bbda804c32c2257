// How the page looks changes at once, without leaving it, so that nothing drawn or typed is lost. The server keeps
// it for the next page. Where that cannot be asked, the button sends its form as it does without a script.
(function () {
  var looks = document.getElementById("looks");
  var token = document.querySelector("input[name=csrf_token]");
  if (!looks || !token || !window.fetch) return;
  looks.hidden = false;
  looks.addEventListener("click", function (event) {
    var button = event.target.closest("button[name=comfort]");
    if (!button) return;
    event.preventDefault();
    var sent = new URLSearchParams({ csrf_token: token.value, comfort: button.value, quiet: "yes" });
    fetch("/sign/comfort", { method: "POST", body: sent, redirect: "error", credentials: "same-origin" }).then(function (answer) {
      if (answer.status !== 204) throw new Error("refused");
      var on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", on ? "true" : "false");
      document.documentElement.classList.toggle(button.value, on);
      window.dispatchEvent(new Event("resize"));
    }).catch(function () {
      var back = document.createElement("input");
      back.type = "hidden"; back.name = "comfort"; back.value = button.value;
      button.form.appendChild(back);
      button.form.noValidate = true;
      button.form.submit();
    });
  });
})();
