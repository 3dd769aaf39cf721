// The picture: the numbers of the moment in its boxes and on its edges.

const nodes = entries.map((entry, k) => $("n" + k)), roles = nodes.map(node => node.getAttribute("class"));
const grads = nodes.map(node => node.querySelector(".g")), captions = grads.map(grad => grad.previousElementSibling);
// The further boxes of values that are drawn more than once.
const copies = entries.map((entry, k) => [...document.querySelectorAll(`[id^=n${k}_]`)]);
for (const text of document.querySelectorAll("#picture [textLength]")) text.setAttribute("lengthAdjust", "spacingAndGlyphs");

function element(name, kind, ...content) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

/** The width of small text in the picture, whatever the font: each letter has its own. */
const wide = text => [...text].reduce((sum, letter) => sum + record.widths[letter], 0);

/** Small text that keeps to its width in every font. */
function write(text, letters, size = 1) {
  if (text.textContent === letters) return;
  text.textContent = letters;
  text.setAttribute("textLength", (size * wide(letters)).toFixed(1));
}

/** Small text around the place where it was. */
function writeCentred(text, letters) {
  if (text.textContent === letters) return;
  const middle = Number(text.getAttribute("x")) + Number(text.getAttribute("textLength")) / 2;
  write(text, letters);
  text.setAttribute("x", (middle - wide(letters) / 2).toFixed(1));
}

/** What has arrived at each value: its gradient so far, and from how many uses. */
function arrivals(position) {
  const known = entries.map(() => null);
  if (isBackward(position)) for (const k of results) known[entries[k].home] = { gradient: 1, count: 0 };
  for (const step of at.steps.slice(0, Math.max(0, position - computed)))
    for (const part of step.parts) known[entries[part.to].home] = { gradient: part.after, count: part.arrived };
  return entries.map(({ home }) => known[home]);
}

function mark(part, role, kinds) {
  const names = [role, ...Object.keys(kinds).filter(kind => kinds[kind])].join(" ");
  if (part.getAttribute("class") !== names) part.setAttribute("class", names);
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

function paint(position) {
  const now = currentOf(position), known = arrivals(position), still = idle();
  document.body.classList.toggle("backward", isBackward(position));
  entries.forEach((entry, k) => {
    const node = nodes[k], arrived = known[k], ahead = position < forwardAt[k], data = brief(at.values[k]);
    const partial = arrived !== null && arrived.count < entry.uses, uses = partial && `${arrived.count} of ${entry.uses}`;
    const kinds = { ahead, partial, now: now === k, complete: arrived && !partial, idle: still[k], moved: at.moved?.has(k) };
    const text = arrived ? brief(arrived.gradient) : "-";
    for (const each of [node, ...copies[k]]) {
      mark(each, roles[k], kinds);
      write(each.querySelector(".n"), ahead ? "" : data);
    }
    write(grads[k], text);
    write(captions[k], partial ? "so far" : "grad");
    grads[k].setAttribute("x", (Number(captions[k].getAttribute("x")) + wide(partial ? "so far " : "grad ")).toFixed(1));
    node.querySelector(".badge")?.remove();
    if (partial) node.append(badge(node, uses));
    const words = arrived ? `gradient ${text}${partial ? ` so far, ${uses} uses` : ""}` : "no gradient yet";
    node.setAttribute("aria-label", `${entry.label} = ${plain(entry.text)}, ${ahead ? "not computed yet" : `data ${data}, ${words}`}`);
    node.setAttribute("aria-current", now === k ? "step" : "false");
  });
  at.steps.forEach(({ k, parts }, n) => parts.forEach(part => {
    const edge = $(`e${k}_${part.position}`), flows = now === k && (!isBackward(position) || part.passes);
    mark(edge, "", { ahead: position < forwardAt[k], unknown: position <= computed + n, flows });
    writeCentred(edge.querySelector("text"), brief(part.slope));
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
