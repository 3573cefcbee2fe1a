// A circuit that Python describes: draws it, steps through it, and lets its inputs be dragged.
//
// `scene` holds the places, `state` every number and sentence, `step` which one is shown.  A drag
// sets `inputs`; Python calculates and sends a new `state`.

const SVG = "http://www.w3.org/2000/svg";
const PATIENCE = 4000; // milliseconds until a kernel that does not answer is spoken of
const PIXELS = 6; // of a drag for one step of the number
const KEYS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function shape(parent, tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function isDark() {
  const { jpThemeLight } = document.body.dataset; // JupyterLab and Notebook
  if (jpThemeLight !== undefined) return jpThemeLight === "false";
  const { classList } = document.body;
  if (classList.contains("vscode-light")) return false;
  if (classList.contains("vscode-dark")) return true;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Draw everything that stays where it is; return the parts that change. */
function draw(scene, svg) {
  const parts = { wires: [], gates: {}, above: {}, below: {}, branches: {}, inputs: {} };
  const quiet = (one) => (one.quiet ? " quiet" : "");
  for (const wire of scene.wires) {
    const group = shape(svg, "g", { class: "wire" + quiet(wire), "aria-hidden": "true" });
    shape(group, "path", { d: wire.way });
    shape(group, "polygon", { points: wire.head });
    if (wire.branch) {
      const [x, y] = wire.branch;
      parts.branches[parts.wires.length] = shape(svg, "text", { class: "gradient", x, y });
    }
    parts.wires.push(group);
  }
  for (const node of scene.nodes) {
    const { name, x, y, room } = node;
    const grab = Object.hasOwn(scene.first, name);
    const group = shape(svg, "g", { class: node.kind + quiet(node) + (grab ? " grab" : "") });
    if (!grab) group.setAttribute("aria-hidden", "true");
    if (node.out) {
      const [from, to] = node.out;
      const end = shape(group, "g", { class: "wire" });
      shape(end, "path", { d: `M${from} ${y}H${to - 6}` });
      shape(end, "polygon", { points: `${to},${y} ${to - 7},${y - 3.5} ${to - 7},${y + 3.5}` });
    }
    if (node.dot) shape(group, "circle", { class: "dot", cx: node.dot[0], cy: node.dot[1], r: 3 });
    if (node.shape) {
      shape(group, "path", { class: "body", d: node.shape });
      shape(group, "path", { class: "glyphs", d: node.sign });
      parts.gates[name] = group;
    }
    if (node.label) shape(group, "path", { class: "glyphs", d: node.label });
    if (grab) {
      const box = { class: "handle", x: x - room / 2, y: y - 23, width: room, height: 20, rx: 6 };
      shape(group, "rect", box);
      const [left, right, middle] = [x - room / 2 + 5, x + room / 2 - 5, y - 13];
      for (const [tip, away] of [[left, 5], [right, -5]]) {
        const points = `${tip},${middle} ${tip + away},${middle - 4} ${tip + away},${middle + 4}`;
        shape(group, "polygon", { class: "grip", points });
      }
      parts.inputs[name] = group;
    }
    const constant = node.kind === "constant";
    const value = { class: "value", x, y: constant ? y : y - (grab ? 12.5 : 11.5), "data-room": grab ? room - 22 : room };
    parts.above[name] = shape(group, "text", value);
    parts.below[name] = shape(group, "text", { class: "gradient", x, y: y + 12, "data-room": room });
  }
  return parts;
}

/** Write a label, smaller where the number has become longer than its place. */
function write(text, words) {
  if (text.textContent === words) return;
  text.textContent = words;
  text.style.fontSize = "";
  const room = Number(text.dataset.room);
  const width = room && words ? text.getComputedTextLength() : 0;
  if (width > room) text.style.fontSize = `${Math.max(9, (13 * room) / width)}px`;
}

function render({ model, el }) {
  const scene = model.get("scene");
  const id = `gl-${Math.random().toString(36).slice(2)}`;

  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", scene.width);
  svg.setAttribute("height", scene.height + 5);
  svg.setAttribute("viewBox", `-2 -7 ${scene.width} ${scene.height + 5}`);
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Circuit");
  svg.setAttribute("aria-describedby", id);
  const parts = draw(scene, svg);
  const canDrag = Object.keys(scene.first).length > 0;

  const words = element("div", { class: "gl-unseen", id });
  const button = (label) => element("button", { type: "button" }, label);
  const [start, back, next, end] = ["Start", "Back", "Next", "End"].map(button);
  const reset = button("Reset inputs");
  const slider = element("input", { type: "range", min: 0, "aria-label": "Step" });
  const count = element("span", { class: "gl-count" });
  const says = element("p", { class: "gl-says" });
  const table = element("table");
  const adds = element("p", { class: "gl-adds" });
  const aloud = element("div", { class: "gl-unseen", "aria-live": "polite" });
  const trouble = element("p", { class: "trouble", role: "alert" });
  const legend = element("p", { class: "gl-legend" });
  legend.append(
    element("span", { class: "value" }, "above a wire: its value"),
    element("span", { class: "gradient" }, "below: its gradient"),
  );
  if (canDrag) legend.append("drag a framed input, or select it and use the arrow keys");
  const root = element(
    "div",
    {
      class: "gl-circuit",
      role: "group",
      "aria-label": "Circuit, step by step",
    },
    element("div", { class: "gl-drawing" }, svg),
    legend,
    element("div", { class: "gl-controls" }, start, back, next, end, slider, count),
    element("div", { class: "gl-panel" }, says, table, adds, trouble),
    words,
    aloud,
  );
  if (canDrag) root.querySelector(".gl-controls").append(reset);
  el.append(root);

  let waiting = null;

  function show() {
    const state = model.get("state");
    const last = state.steps.length - 1;
    const at = Math.min(model.get("step"), last);
    const step = state.steps[at];
    const past = state.steps.slice(0, at + 1);
    const values = new Set(past.flatMap((one) => one.values));
    const gradients = new Set(past.flatMap((one) => one.gradients));
    const sent = new Set(past.flatMap((one) => (one.phase === "backward" ? one.wires : [])));
    for (const [name, text] of Object.entries(parts.above)) {
      write(text, values.has(name) ? (state.above[name] ?? "") : "");
    }
    for (const [name, text] of Object.entries(parts.below)) {
      write(text, gradients.has(name) ? (state.below[name] ?? "") : "");
    }
    for (const [wire, text] of Object.entries(parts.branches)) {
      const known = sent.has(Number(wire)) || at === last;
      write(text, known ? (state.branches[wire] ?? "") : "");
    }
    for (const [name, group] of Object.entries(parts.gates)) {
      group.classList.toggle("now", name === step.gate);
    }
    root.dataset.phase = step.phase;
    parts.wires.forEach((wire, i) => wire.classList.toggle("now", step.wires.includes(i)));
    says.textContent = step.says;
    adds.textContent = step.adds;
    const heads = ["to", "local derivative", "gradient × local derivative"];
    const cells = (tag, row) => element("tr", {}, ...row.map((text, i) => cell(tag, text, i)));
    table.replaceChildren();
    table.hidden = !step.rows.length;
    if (step.rows.length) table.append(cells("th", heads), ...step.rows.map((r) => cells("td", r)));
    slider.max = last;
    slider.value = at;
    slider.setAttribute("aria-valuetext", `step ${at} of ${last}`);
    count.textContent = `${at} / ${last}`;
    // Not `disabled`, which would take the focus from whoever has just pressed the button.
    for (const one of [start, back]) one.setAttribute("aria-disabled", at === 0);
    for (const one of [next, end]) one.setAttribute("aria-disabled", at === last);
    words.textContent = state.alt;
    for (const [name, group] of Object.entries(parts.inputs)) {
      group.setAttribute("aria-valuenow", Number(model.get("inputs")[name].toPrecision(12)));
      group.setAttribute("aria-valuetext", state.above[name]);
    }
    trouble.textContent = state.error ? `Not here: ${state.error}` : "";
  }

  function cell(tag, text, i) {
    if (tag === "th") return element("th", { scope: "col" }, text);
    return i ? element("td", {}, text) : element("th", { scope: "row" }, text);
  }

  function go(to) {
    const { steps } = model.get("state");
    const at = Math.max(0, Math.min(steps.length - 1, to));
    model.set("step", at);
    model.save_changes();
    aloud.textContent = steps[at].words;
  }

  function move(changed) {
    model.set("inputs", { ...model.get("inputs"), ...changed });
    model.save_changes();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      trouble.textContent = "The kernel does not answer. Is it busy? Else run this cell again.";
    }, PATIENCE);
  }

  const rounded = (value) => Number((Math.round(value / scene.by) * scene.by).toFixed(10));
  for (const [name, group] of Object.entries(parts.inputs)) {
    const say = scene.nodes.find((node) => node.name === name).say;
    const role = { tabindex: 0, role: "spinbutton", "aria-label": `input ${say}` };
    for (const [key, value] of Object.entries(role)) group.setAttribute(key, value);
    let from = null;
    group.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, value: model.get("inputs")[name] };
      group.setPointerCapture(event.pointerId);
      group.focus();
      event.preventDefault();
    });
    group.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const steps = Math.round((event.clientX - from.x) / PIXELS);
      const value = steps ? rounded(from.value + steps * scene.by) : from.value;
      if (value !== model.get("inputs")[name]) move({ [name]: value });
    });
    for (const stop of ["pointerup", "pointercancel"]) {
      group.addEventListener(stop, () => (from = null));
    }
  }

  // While the focus is here, plain keys are ours: heard at the window, before the notebook takes
  // an arrow or an Enter for its own. Keys with Ctrl, Alt or Shift, and Escape, stay the notebook's.
  function pressed(event) {
    const { key } = event;
    const target = event.composedPath()[0];
    const passes = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (passes || key === "Escape" || !root.contains(target)) return;
    event.stopPropagation();
    const found = Object.entries(parts.inputs).find(([, group]) => group === target);
    if (!found || !(key in KEYS)) return;
    event.preventDefault();
    move({ [found[0]]: rounded(model.get("inputs")[found[0]] + KEYS[key] * scene.by) });
  }
  window.addEventListener("keydown", pressed, true);

  start.addEventListener("click", () => go(0));
  back.addEventListener("click", () => go(model.get("step") - 1));
  next.addEventListener("click", () => go(model.get("step") + 1));
  end.addEventListener("click", () => go(Infinity));
  slider.addEventListener("input", () => go(Number(slider.value)));
  reset.addEventListener("click", () => move(scene.first));

  const answered = () => {
    clearTimeout(waiting);
    show();
  };
  const theme = () => root.classList.toggle("dark", isDark());
  const watcher = new MutationObserver(theme);
  watcher.observe(document.body, { attributeFilter: ["class", "data-jp-theme-light"] });
  model.on("change:state", answered);
  model.on("change:step", show);
  theme();
  show();
  return () => {
    watcher.disconnect();
    window.removeEventListener("keydown", pressed, true);
    clearTimeout(waiting);
    model.off("change:state", answered);
    model.off("change:step", show);
  };
}

export default { render };
