// The numbers of the leaves. The reader changes them by typing, dragging or keys; a change evaluates the program again.

const fields = new Map(leaves.map(k => [k, field(k)]));

/** The change of a leaf by one key press or two pixels of dragging: about a twentieth of the recorded number. */
function unit(k) {
  const size = Math.abs(recorded.values[k]);
  return 10 ** (Math.floor(Math.log10(size > 0.1 && size < 1e12 ? size : 0.1)) - 1);
}

/** The number of a leaf, moved by some units, without the digits of rounding errors. */
const shifted = (k, from, count) => Number(((Math.round(from / unit(k)) + count) * unit(k)).toPrecision(12));

function field(k) {
  const { label, role } = entries[k], grip = element("span", "grip", label), input = element("input");
  Object.assign(input, { inputMode: "decimal", spellcheck: false, autocomplete: "off" });
  input.setAttribute("aria-label", `${label}, ${role}`);
  input.oninput = () => input.value.trim() && change(new Map([[k, Number(input.value.trim().replace("inf", "Infinity"))]]), k);
  input.onblur = () => { input.value = brief(at.values[k], 6); };
  draggable(grip, k);
  $("fields").append(element("label", `field ${role}`, grip, input));
  return input;
}

/** Let a part of the page be dragged to the right and to the left, which moves a leaf. */
function draggable(part, k) {
  let drag = null;
  part.addEventListener("pointerdown", event => {
    part.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, from: at.values[k] };
  });
  part.addEventListener("pointermove", event => {
    const count = drag && event.buttons ? Math.round((event.clientX - drag.x) / 2) : 0;
    if (!count && !part.dragged) return;
    part.dragged = true;
    change(new Map([[k, shifted(k, drag.from, count)]]));
  });
  // The click event at the end of a drag is ignored.
  part.addEventListener("click", event => {
    if (part.dragged) event.stopImmediatePropagation(), event.preventDefault();
    part.dragged = false;
  }, true);
}

/** The arrow keys up and down move the leaf whose field or box has the focus. */
function nudged(event) {
  const box = nodes.indexOf(event.target), k = leaves.find(leaf => fields.get(leaf) === event.target || leaf === box);
  const count = { ArrowUp: 1, ArrowDown: -1 }[event.key] * (event.shiftKey ? 10 : 1);
  if (k === undefined || !count || !record.live) return false;
  change(new Map([[k, shifted(k, at.values[k], count)]]));
  return true;
}

/** Evaluate the program with other numbers of some leaves, and show it; `typing` is the leaf whose field is written in. */
function change(numbers, typing) {
  if (!record.live) throw new TypeError("the numbers stay as recorded: an operation has a rule that only Python runs");
  if ([...numbers.values()].some(Number.isNaN)) return;
  const given = new Map(leaves.map(k => [k, at.values[k]]));
  for (const [k, x] of numbers) given.set(k, x);
  const same = leaves.every(k => Object.is(given.get(k), recorded.values[k]));
  adopt(same ? recorded : evaluate(entries, Object.fromEntries(given)));
  show(typing);
}

function reset() {
  train(false);
  losses.length = 0;
  adopt(recorded);
  show();
}

/** Write all that depends on the numbers. */
function show(typing) {
  at.moved = new Set(leaves.filter(k => !Object.is(at.values[k], recorded.values[k])));
  paint(at.position);
  for (const [k, input] of fields) {
    const text = brief(at.values[k], 6);
    if (k !== typing && input.value !== text) input.value = text;
  }
  $("reset").disabled = !at.moved.size;
  $("branches").replaceChildren(...warning());
  redraw();
  clearTimeout(at.listing);
  at.listing = setTimeout(list, 250);
  address();
}

/** The steps in the list below, with the present numbers. */
function list() {
  texts.forEach((text, n) => {
    const lines = said(positionOf(n)), all = lines.join("\n");
    if (text.said !== all) text.replaceChildren(...lines.flatMap((line, n) => (n ? [element("br"), line] : [line])));
    text.said = all;
  });
}

/** The branches of Python that would have gone the other way. */
function warning() {
  const answer = { true: "True", false: "False" };
  const lines = turned(branches, at.values).map(({ question, sides, numbers, now, answer: then, source }) => {
    const known = list => sides.flatMap((side, n) => (Array.isArray(side) ? [] : [`${entries[side].label} = ${brief(list[n])}`])).join(", ");
    return `${question} was ${answer[then]} for ${known(numbers)}; it is ${answer[!then]} for ${known(now)}${source && ` (${source})`}`;
  });
  if (!lines.length) return [];
  const count = lines.length === 1 ? "A Python branch" : `${lines.length} Python branches`;
  return [`${count} would go the other way (run the code anew to follow it):`, ...lines].map(line => element("div", "", line));
}

// --- For tests, and for pages that embed this one ---

function named(name) {
  const k = entries.findIndex(entry => entry.label === name);
  if (k < 0) throw new RangeError(`there is no value ${name}; stepgrad.names() lists all`);
  return k;
}

function set(name, x) {
  const k = named(name);
  if (entries[k].op !== null) throw new RangeError(`${name} is computed; set takes what is given: ${leaves.map(leaf => entries[leaf].label).join(", ")}`);
  if (typeof x !== "number") throw new TypeError(`${name} takes a number`);
  change(new Map([[k, x]]));
}

window.stepgrad = {
  names: () => entries.map(entry => entry.label),
  value: name => at.values[named(name)],
  gradient: name => at.gradients[named(name)],
  set,
  reset,
  descend,
};
$("reset").onclick = reset;
if (!record.live) {
  $("fields").replaceChildren("The numbers stay as recorded: an operation of this program has a rule that only Python runs.");
  for (const name of ["reset", "curves", "descents"]) $(name).hidden = true;
}
