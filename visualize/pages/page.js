"use strict";
{
const $ = id => document.getElementById(id);
const record = JSON.parse($("record").textContent);
const table = ({ columns, rows }) => rows.map(row => Object.fromEntries(columns.map((name, n) => [name, row[n]])));
const { of, results, seed } = record, values = table(record.values), forward = table(record.forward), backward = table(record.backward);
for (const part of table(record.parts)) (backward[part.step].parts ??= []).push(part);

// Position 0 is the start; then come the steps of both passes; the last position is the finished state.
const computed = forward.length, end = 2 * computed + 1, at = { position: 0 };
const moments = [null, ...forward, ...backward, null];
const nodes = values.map((value, k) => $("n" + k)), roles = nodes.map(node => node.getAttribute("class"));
const grads = nodes.map(node => node.querySelector(".g")), captions = grads.map(grad => grad.previousElementSibling);
// The further boxes of values that are drawn more than once.
const copies = values.map((value, k) => [...document.querySelectorAll(`[id^=n${k}_]`)]);
const texts = [...document.querySelectorAll("#steps h3 + p, #steps li")];
const given = Object.keys(record.gradients);
// The position at which each value is computed; 0 if it was given.
const forwardAt = values.map((value, k) => forward.findIndex(step => step.k === k) + 1);
const handsOn = k => backward.find(step => step.k === k).parts;
const isBackward = position => position > computed;

function element(name, kind, ...content) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

// --- The picture ---

/** The width of small text in the picture, whatever the font: each letter has its own. */
const wide = text => [...text].reduce((sum, letter) => sum + record.widths[letter], 0);

/** Small text that keeps to its width in every font. */
function write(text, letters) {
  text.textContent = letters;
  text.setAttribute("textLength", wide(letters).toFixed(1));
}

/** What has arrived at each value: the text for its box, and from how many uses. */
function arrivals(position) {
  const known = values.map(() => null);
  if (isBackward(position)) for (const k of results) known[k] = { text: seed, count: 0 };
  for (const step of backward.slice(0, Math.max(0, position - computed)))
    for (const part of step.parts) for (const k of values[part.to].same) known[k] = { text: part.after, count: part.arrived };
  return known;
}

function mark(part, role, kinds) {
  part.setAttribute("class", [role, ...Object.keys(kinds).filter(kind => kinds[kind])].join(" "));
}

function paint(position) {
  const now = moments[position], known = arrivals(position);
  document.body.classList.toggle("backward", isBackward(position));
  values.forEach((value, k) => {
    const node = nodes[k], grad = grads[k], gradient = known[k], current = now?.k === k, ahead = position < forwardAt[k];
    const partial = gradient !== null && gradient.count < value.uses, uses = partial && `${gradient.count} of ${value.uses}`;
    const kinds = { ahead, partial, now: current, complete: gradient && !partial };
    for (const each of [node, ...copies[k]]) {
      mark(each, roles[k], kinds);
      write(each.querySelector(".n"), ahead ? "" : value.data);
    }
    write(grad, gradient ? gradient.text : "-");
    write(captions[k], partial ? "so far" : "grad");
    grad.setAttribute("x", (Number(captions[k].getAttribute("x")) + wide(partial ? "so far " : "grad ")).toFixed(1));
    node.querySelector(".badge")?.remove();
    if (partial) node.append(badge(node, uses));
    const words = !gradient ? "no gradient yet" : `gradient ${gradient.text}${partial ? ` so far, ${uses} uses` : ""}`;
    node.setAttribute("aria-label", `${value.label} = ${plain(value.text)}, ${ahead ? "not computed yet" : `data ${value.data}, ${words}`}`);
    node.setAttribute("aria-current", current ? "step" : "false");
  });
  backward.forEach((step, n) => step.parts.forEach(part => {
    const flows = now?.k === step.k && (!isBackward(position) || part.passes);
    mark($(`e${step.k}_${part.position}`), "", { ahead: position < forwardAt[step.k], unknown: position <= computed + n, flows });
  }));
  $("panel").replaceChildren(...panel(position));
}

/** A mark on the lower edge of a box that says from how many uses its gradient is. */
function badge(node, text) {
  const box = node.querySelector("rect, path").getBBox(), scale = 9 / 11, width = 8 + scale * wide(text), x = box.x + box.width - width + 4, y = box.y + box.height - 4;
  const [group, frame, words] = ["g", "rect", "text"].map(name => document.createElementNS("http://www.w3.org/2000/svg", name));
  const set = (made, attributes) => Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  set(group, { class: "badge" });
  set(frame, { x, y, width, height: 13, rx: 6.5 });
  set(words, { x: x + width / 2, y: y + 9.7, textLength: scale * wide(text), lengthAdjust: "spacingAndGlyphs" });
  words.textContent = text;
  group.append(frame, words);
  return group;
}

/** As large as fits, and never too small to read: then the picture scrolls. */
function fit() {
  const stage = $("stage"), { width, height } = $("picture").viewBox.baseVal;
  const fitting = Math.min((stage.clientWidth - 24) / width, (stage.clientHeight - 24) / height);
  const scale = Math.min(Math.max(fitting, stage.clientWidth < 700 ? 0.95 : 1.1), 2.4);
  Object.assign($("picture").style, { width: width * scale + "px", height: height * scale + "px", maxHeight: "none" });
}

// Scroll the current box, and those it passes gradients to, into the middle, where they are not in sight; at the start
// what is given first, at the end the result. It glides while the box stays in sight, and jumps to one that is not.
function reveal() {
  const now = moments[at.position], k = now?.k ?? (at.position ? results[0] : given[0]);
  const stage = $("stage"), frame = stage.getBoundingClientRect();
  const edges = now ? handsOn(k).map(part => `e${k}_${part.position}`) : [];
  const around = [`n${k}`, ...edges].map(id => $(id).getBoundingClientRect());
  const shift = (start, stop, size) => {
    const low = Math.min(...around.map(box => box[start])) - 80, high = Math.max(...around.map(box => box[stop])) + 80;
    if (low >= frame[start] && high <= frame[stop]) return 0;
    const middle = high - low > frame[size] ? around[0][start] + around[0][stop] : low + high;
    return (middle - frame[start] - frame[stop]) / 2;
  };
  const left = shift("left", "right", "width"), top = shift("top", "bottom", "height");
  const seen = around[0].left < frame.right && around[0].right > frame.left && around[0].top < frame.bottom && around[0].bottom > frame.top;
  stage.scrollBy({ left, top, behavior: seen ? "auto" : "instant" });
}

// --- The panel ---

const strong = text => element("strong", "", text);
const cards = content => element("div", "cards", ...content);
const unseen = text => element("span", "unseen", text);
const fraction = (above, below) => element("span", "ratio", element("span", "", ...above), unseen("/"), element("span", "", ...below));
const ratio = (z, x) => fraction(["d" + z], ["d" + x]);

/** A formula as text. */
const plain = text => text.replace(/[\x02-\x06]/g, mark => ({ "\x03": "/", "\x05": "(", "\x06": ")" })[mark] ?? "");

/** A formula with stacked fractions, which reads as its text does. */
function typeset(text) {
  const open = [[]];  // what is written, and the parts of the fractions that have begun
  for (const piece of text.split(/([\x02-\x06])/)) {
    if (piece === "\x02" || piece === "\x03") open.push([]);
    else if (piece === "\x04") open.at(-3).push(fraction(...open.splice(-2)));
    else open.at(-1).push(/[\x05\x06]/.test(piece) ? unseen(plain(piece)) : piece);
  }
  return element("span", "", ...open[0]);
}

function card(rows, ...notes) {
  return element("div", "card", equation(...rows), ...notes);
}

function equation(...rows) {
  return element("div", "equation", ...rows.flat().map(each => element("span", "", each)));
}

function panel(position) {
  const head = (title, heading, ...content) => element("div", "head", element("h2", "", title), element("h3", "", heading), ...content);
  const step = moments[position];
  if (position === 0) return [
    head("Start", "What is given", element("p", "", "→ computes one value after the other, then carries the gradient back. Space plays. A click on a box goes to its step.")),
    cards(given.map(k => card([[values[k].label, "=", strong(values[k].data)]]))),
  ];
  if (position === end) return [
    head("Finished", `The gradients of ${of}`, element("p", "", "What backward() leaves in .grad")),
    cards(given.map(k => card([[ratio(of, values[k].label), "=", strong(record.gradients[k])]]))),
  ];
  const { label, text, data } = values[step.k];
  if (!isBackward(position)) return [
    head(`Forward ${position} of ${computed}`, typeset(`${label} = ${text}`)),
    cards([card([[label, "=", typeset(text)], ["", "=", typeset(step.numbers)], ["", "=", strong(data)]])]),
  ];
  return [
    head(`Backward ${position - computed} of ${computed}`, typeset(`${label} = ${text}`),
      element("p", "", results.includes(step.k) ? "The pass begins here:" : "Its gradient is complete:"),
      equation([ratio(of, label), "=", strong(step.upstream)])),
    cards(step.parts.map(part => product(step, label, part))),
  ];
}

/** The gradient that a step passes on to one argument: the chain rule in names, in formulas, in numbers. */
function product(step, z, part) {
  const { label, uses } = values[part.to], partial = part.arrived < uses, names = element("span", "", ratio(of, z), " × ", ratio(z, label));
  const notes = [
    part.passes ? "" : "no gradient is passed on",
    part.sum && `${partial ? "so far" : "in all"} ${part.sum}`,
    uses === 1 ? "its only use: complete" : `${part.arrived} of ${uses} uses: ${partial ? "not complete" : "complete"}`,
  ].filter(Boolean).map(note => element("div", partial ? "chip partial" : "chip", note));
  const marks = element("b", "", uses > 10 ? "" : "●".repeat(part.arrived) + "○".repeat(uses - part.arrived) + " ");
  marks.setAttribute("aria-hidden", "true");
  notes.at(-1).prepend(marks);
  const products = [part.formula, part.slope].filter(Boolean).map(text => ["", "=", typeset(`${step.upstream} × ${text}`)]);
  return card([[ratio(of, label), "+=", names], ...products, ["", "=", strong(part.contribution)]], ...notes);
}

// --- Moving ---

function go(position, opening) {
  at.position = Math.max(0, Math.min(end, position));
  paint(at.position);
  reveal();
  const title = $("panel").querySelector("h2").textContent, text = texts[at.position];
  $("slider").value = at.position;
  $("slider").setAttribute("aria-valuetext", title);
  $("first").disabled = $("back").disabled = at.position === 0;
  $("next").disabled = $("last").disabled = at.position === end;
  for (const each of texts) each.removeAttribute("aria-current");
  text.setAttribute("aria-current", "step");
  if (at.position === end) play(false);
  if (opening) return;
  $("status").textContent = [title, ...text.innerText.split("\n")].join(". ");
  // Browsers count how often the address is written; a page inside another has none.
  clearTimeout(at.writing);
  if (location.protocol !== "about:") at.writing = setTimeout(() => history.replaceState(null, "", "#" + at.position), 200);
}

function play(on) {
  clearInterval(at.playing);
  at.playing = on && setInterval(() => go(at.position + 1), 1500);
  $("play").querySelector("span").textContent = on ? "Pause" : "Play";
  $("play").querySelector("path").setAttribute("d", on ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 3v10l8-5z");
}

function toggle() {
  if (!at.playing && at.position === end) go(0);
  play(!at.playing);
}

function step(position) {
  play(false);
  go(position);
}

/** To a value's step in the pass that is on: where it is computed, or where its gradient is passed on or complete. */
function visit(k) {
  const hands = backward.findIndex(each => each.k === k);
  const receives = backward.map(each => each.parts.some(part => values[part.to].same.includes(k))).lastIndexOf(true);
  const found = hands < 0 ? receives : hands;
  step(!isBackward(at.position) ? forwardAt[k] : found < 0 ? end : computed + found + 1);
}

const onward = () => step(at.position + 1), backwards = () => step(at.position - 1), home = () => step(0), finish = () => step(end);
const keys = { ArrowRight: onward, ArrowLeft: backwards, Home: home, End: finish, " ": toggle };
addEventListener("keydown", event => {
  const own = event.target.matches("input") || (event.key === " " && event.target.matches("button, .nodes > g"));
  if (own || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
for (const [id, action] of Object.entries({ first: home, back: backwards, play: toggle, next: onward, last: finish })) $(id).onclick = action;
$("slider").oninput = () => step(Number($("slider").value));
nodes.forEach((node, k) => {
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "button");
  for (const each of [node, ...copies[k]]) each.onclick = () => visit(k);
  node.onkeydown = event => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    visit(k);
  };
});
texts.forEach((text, position) => { text.onclick = () => step(position); });

const address = () => Number(/^#(\d+)$/.exec(location.hash)?.[1] ?? 0);
addEventListener("hashchange", () => step(address()));
addEventListener("beforeprint", () => paint(end));
addEventListener("afterprint", () => paint(at.position));
new ResizeObserver(() => { fit(); reveal(); }).observe($("stage"));
fit();
go(address(), true);
}
