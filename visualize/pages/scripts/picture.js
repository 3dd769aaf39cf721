// The picture: the numbers at the current step in its boxes and on its edges.

// By value: its box, the edges of its arguments, its gradient, and the further boxes if it is drawn more than once. In a
// picture with closed modules, the values inside of them have none of these.
const closed = []; // by value: the box of the closed module that it is inside of
const nodes = [], edges = [], grads = [], captions = [], starts = [], copies = [];
const LARGE = 150; // values; in a larger program, boxes out of sight are written when nothing else is to do

/** Find the parts of the picture. */
function bind() {
  for (const text of $("picture").querySelectorAll("[textLength]")) text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  const again = [...$("picture").querySelectorAll(".nodes > [id*=_]:has(.n)")];
  entries.forEach((entry, k) => {
    const node = (nodes[k] = $("n" + k));
    edges[k] = entry.inputs.map((_, position) => $(`e${k}_${position}`));
    copies[k] = again.filter(each => each.id.startsWith(`n${k}_`));
    for (const each of [...copies[k], node].filter(Boolean)) part(each, () => visit(k, true));
    if (!node) return;
    node.box = node.querySelector("rect, path").getBBox();
    node.kind ??= node.getAttribute("class");
    grads[k] = node.querySelector(".g");
    captions[k] = grads[k].previousElementSibling;
    starts[k] = Number(captions[k].getAttribute("x"));
    if (record.live && entry.op === null) draggable(node, k);
  });
  at.bind?.();
}

/** Let a part of the picture be chosen, by a click, Enter or the space bar. */
function part(each, action) {
  each.onclick = action;
  if (each.id.includes("_")) return;
  each.setAttribute("tabindex", "0");
  each.setAttribute("role", "button");
  each.onkeydown = event => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    action();
  };
}

function element(name, kind, ...content) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

/** Set an attribute that this script alone sets; only if it changes, since that is much faster. */
function put(part, name, value) {
  const known = (part.known ??= {});
  if (known[name] !== value) part.setAttribute(name, (known[name] = value));
}

/** The width of small text in the picture, whatever the font: each letter has its own. */
function wide(text) {
  let sum = 0;
  for (const letter of text) sum += record.widths[letter];
  return sum;
}

/** Small text that keeps to its width in every font. */
function write(text, letters, most = Infinity) {
  if (text.letters === letters) return;
  text.textContent = text.letters = letters;
  text.setAttribute("textLength", Math.min(wide(letters), most).toFixed(1));
}

/** The space in a box to the right of a caption; other numbers are made narrower to stay inside. */
const room = (node, k, caption) => node.box.x + node.box.width - 5 - starts[k] - wide(caption);

/** Small text around the place where it was. */
function writeCentred(text, letters) {
  if (text.letters === letters) return;
  text.middle ??= Number(text.getAttribute("x")) + Number(text.getAttribute("textLength")) / 2;
  write(text, letters);
  text.setAttribute("x", (text.middle - wide(letters) / 2).toFixed(1));
}

/** What has arrived at each value: its gradient so far, and from how many uses. */
function arrivals(position) {
  if (at.wrt !== null) return carriedUntil(position);
  const known = entries.map(() => null);
  if (isBackward(position)) for (const k of results) known[entries[k].home] = { gradient: 1, count: 0 };
  for (const step of at.steps.slice(0, Math.max(0, position - computed)))
    for (const part of step.parts) known[entries[part.to].home] = { gradient: part.after, count: part.arrived };
  return entries.map(({ home }) => known[home]);
}

function mark(part, role, kinds) {
  put(part, "class", [role, ...Object.keys(kinds).filter(kind => kinds[kind])].join(" "));
}

/** The values that pass no gradient on, and those that none can reach. */
function idle() {
  const dead = new Set(), reached = new Set(results);
  for (const { k, parts } of at.steps) {
    if (parts.length && operations[entries[k].op].selects && parts.every(part => part.slope === 0)) dead.add(k);
    for (const part of parts) if (part.passes) reached.add(part.to);
  }
  return entries.map((entry, k) => dead.has(k) || (entry.uses > 0 && !reached.has(k)));
}

/** Show a step: in the picture, and in the panel. */
function paint(position, all) {
  const now = currentOf(position), known = arrivals(position), still = idle(), late = [];
  document.body.classList.toggle("backward", isBackward(position));
  const soon = (x, y, action) => (all || entries.length < LARGE || inSight(x, y) ? action() : late.push(action));
  entries.forEach((entry, k) => {
    if (nodes[k]) soon(nodes[k].box.x, nodes[k].box.y, () => paintBox(k, position, now === k, known[k], still[k]));
  });
  at.steps.forEach(({ k, parts }, n) => parts.forEach(part => {
    const edge = edges[k][part.position], flows = now === k && (!isBackward(position) || part.passes);
    if (!edge) return;
    edge.label ??= edge.querySelector("text");
    edge.place ??= ["x", "y"].map(name => Number(edge.label.getAttribute(name)));
    soon(...edge.place, () => {
      mark(edge, "", { ahead: position < forwardAt[k], unknown: at.wrt === null ? position <= computed + n : position < forwardAt[k], flows });
      writeCentred(edge.label, brief(part.slope));
    });
  }));
  at.paint?.(position, now);
  clearTimeout(at.later);
  at.late = late;
  if (late.length) at.later = setTimeout(() => at.late.splice(0).forEach(action => action()), 250);
  paintPanel(position);
}

/** Write the numbers of a box, and mark its state. */
function paintBox(k, position, now, arrived, idle) {
  const entry = entries[k], node = nodes[k], ahead = position < forwardAt[k], data = brief(at.values[k]);
  const partial = arrived !== null && arrived.count < entry.uses, uses = partial && `${arrived.count} of ${entry.uses}`;
  const kinds = { ahead, partial, now, complete: arrived && !partial, idle, moved: at.moved?.has(k), ...sought(k) };
  const text = arrived ? brief(arrived.gradient) : "-", [caption, word] = at.wrt === null ? ["grad", "gradient"] : ["tangent", "tangent"];
  for (const each of [node, ...copies[k]]) {
    mark(each, node.kind, kinds);
    write((each.data ??= each.querySelector(".n")), ahead ? "" : data, room(node, k, "data "));
  }
  write(grads[k], text, room(node, k, partial ? "so far " : `${caption} `));
  write(captions[k], partial ? "so far" : caption);
  put(grads[k], "x", (starts[k] + wide(partial ? "so far " : `${caption} `)).toFixed(1));
  if (node.badge?.textContent !== (uses || undefined)) {
    node.badge?.remove();
    node.badge = partial ? badge(node, uses) : null;
    if (partial) node.append(node.badge);
  }
  const words = arrived ? `${word} ${text}${partial ? ` so far, ${uses} uses` : ""}` : `no ${word} yet`;
  put(node, "aria-label", `${entry.label} = ${plain(entry.text)}, ${ahead ? "not computed yet" : `data ${data}, ${words}`}`);
  put(node, "aria-current", now ? "step" : "false");
}

/** A mark on the lower edge of a box: the number of uses whose contributions its gradient has. */
function badge(node, text) {
  const { box } = node, scale = 9 / 11, width = 8 + scale * wide(text), x = box.x + box.width - width + 4, y = box.y + box.height - 4;
  const [group, frame, words] = ["g", "rect", "text"].map(name => document.createElementNS("http://www.w3.org/2000/svg", name));
  const set = (made, attributes) => Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  set(group, { class: "badge" });
  set(frame, { x, y, width, height: 13, rx: 6.5 });
  set(words, { x: x + width / 2, y: y + 9.7, textLength: scale * wide(text), lengthAdjust: "spacingAndGlyphs" });
  words.textContent = text;
  group.append(frame, words);
  return group;
}
