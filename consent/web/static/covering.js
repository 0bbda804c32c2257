// Draw crop and boxes on the picture. The number fields stay the truth: what is drawn fills them, what is typed
// or changed with the arrow keys is drawn.
(() => {
  "use strict";
  const canvas = document.querySelector("[data-covering]");
  const picture = canvas && canvas.querySelector("img");
  const areas = [...document.querySelectorAll("[data-area]")];
  if (!picture || !areas.length || !window.PointerEvent) return;

  const NS = "http://www.w3.org/2000/svg";
  const EDGES = ["left", "top", "width", "height"];
  const overlay = document.createElementNS(NS, "svg");
  overlay.setAttribute("viewBox", "0 0 100 100");
  overlay.setAttribute("preserveAspectRatio", "none");
  overlay.setAttribute("aria-hidden", "true");
  overlay.classList.add("canvas__overlay");
  canvas.append(overlay);
  document.querySelector("[data-covering-help]").hidden = false;

  let chosen = areas[1];
  const fields = (area) => EDGES.map((edge) => document.getElementById(`${area.dataset.area}_${edge}`));
  const values = (area) => fields(area).map((field) => parseFloat(field.value.replace(",", ".")));
  const shapes = new Map();
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.className = "nhsuk-u-visually-hidden";
  canvas.after(status);

  function draw() {
    for (const area of areas) {
      const [x, y, width, height] = values(area);
      const rect = shapes.get(area);
      const whole = [x, y, width, height].every(Number.isFinite) && width > 0 && height > 0;
      rect.setAttribute("visibility", whole ? "visible" : "hidden");
      if (!whole) continue;
      for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, value);
    }
  }

  function choose(area) {
    chosen = area;
    for (const each of areas) {
      each.querySelector("button").setAttribute("aria-pressed", String(each === area));
      shapes.get(each).classList.toggle("canvas__chosen", each === area);
    }
  }

  for (const area of areas) {
    const rect = document.createElementNS(NS, "rect");
    rect.classList.add(area.dataset.area === "crop" ? "canvas__crop" : "canvas__box");
    overlay.append(rect);
    shapes.set(area, rect);
    const name = area.querySelector("legend").textContent.trim();
    const pick = document.createElement("button");
    pick.type = "button";
    pick.className = "nhsuk-button nhsuk-button--secondary nhsuk-button--small";
    pick.textContent = `Draw: ${name}`;
    pick.addEventListener("click", () => { choose(area); canvas.scrollIntoView({ block: "nearest" }); });
    const clear = document.createElement("button");
    clear.type = "button";
    clear.className = "nhsuk-button nhsuk-button--secondary nhsuk-button--small";
    clear.textContent = `Empty: ${name}`;
    clear.addEventListener("click", () => { for (const field of fields(area)) field.value = ""; draw(); });
    const row = document.createElement("div");
    row.className = "actions";
    row.append(pick, clear);
    area.append(row);
    for (const field of fields(area)) {
      field.addEventListener("input", draw);
      field.addEventListener("focus", () => choose(area));
      field.addEventListener("keydown", (event) => {
        const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const now = (parseFloat(field.value) || 0) + step * (event.shiftKey ? 5 : 0.5);
        field.value = Math.min(100, Math.max(0, Math.round(now * 10) / 10));
        draw();
      });
    }
  }

  let start = null;
  const at = (event) => {
    const frame = picture.getBoundingClientRect();
    const part = (value, size) => Math.min(100, Math.max(0, (100 * value) / size));
    return [part(event.clientX - frame.left, frame.width), part(event.clientY - frame.top, frame.height)];
  };
  overlay.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    overlay.setPointerCapture(event.pointerId);
    start = at(event);
  });
  overlay.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [x, y] = at(event);
    const box = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
    // Edges are cut to a hundredth, so that left and width together never pass the picture.
    fields(chosen).forEach((field, index) => { field.value = (Math.floor(box[index] * 100) / 100).toFixed(2); });
    draw();
  });
  const stop = () => {
    if (!start) return;
    start = null;
    status.textContent = `${chosen.querySelector("legend").textContent.trim()}: ${fields(chosen).map((field) => field.value).join(", ")} percent`;
  };
  overlay.addEventListener("pointerup", stop);
  overlay.addEventListener("pointercancel", stop);
  choose(chosen);
  draw();
})();
