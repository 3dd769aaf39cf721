// Moving through the steps: keys, buttons, the slider, clicks, the address.

function go(position, opening) {
  at.position = Math.max(0, Math.min(end, position));
  reveal();
  paint(at.position);
  drawListing();
  const title = $("panel").querySelector("h2").textContent, text = texts[at.position === end ? texts.length - 1 : at.position];
  $("slider").value = at.position;
  $("slider").setAttribute("aria-valuetext", title);
  $("first").disabled = $("back").disabled = at.position === 0;
  $("next").disabled = $("last").disabled = at.position === end;
  for (const each of texts) each.removeAttribute("aria-current");
  text.setAttribute("aria-current", "step");
  if (at.position === end) play(false);
  if (opening) return;
  $("status").textContent = [title, ...(at.chosen === undefined ? said(at.position) : [headline(at.chosen)])].join(". ");
  address();
}

function play(on) {
  clearInterval(at.playing);
  at.playing = on && setInterval(() => go(at.position + 1), 1500);
  $("play").querySelector("span").textContent = on ? "Pause" : "Play";
  $("play").querySelector("path").setAttribute("d", on ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 3v10l8-5z");
}

function toggle() {
  at.chosen = undefined;
  if (!at.playing && at.position === end) go(0);
  play(!at.playing);
}

/** Go to a step by hand. A value is explained until the next step. */
function step(position, chosen) {
  play(false);
  at.chosen = chosen;
  go(position);
}

/** Go to a value's step in the current pass: where it is computed, or where its gradient is passed on or complete. */
function visit(k, explained) {
  const receives = at.steps.map(step => step.parts.some(part => entries[part.to].home === entries[k].home)).lastIndexOf(true);
  const found = forwardAt[k] ? computed - forwardAt[k] : receives;
  step(!isBackward(at.position) ? forwardAt[k] : found < 0 ? end : computed + found + 1, explained && at.wrt === null ? k : undefined);
}

const onward = () => step(at.position + 1), backwards = () => step(at.position - 1), home = () => step(0), finish = () => step(end);
const texts = [...document.querySelectorAll("#steps h3 + p, #steps li")];
const larger = () => scaled(1.25), smaller = () => scaled(0.8), search = () => $("search").select();
const keys = {
  ...{ ArrowRight: onward, ArrowLeft: backwards, Home: home, End: finish, " ": toggle },
  ...{ "+": larger, "=": larger, "-": smaller, "0": whole, "/": search, Escape: () => step(at.position) },
};
const pans = { ArrowRight: [80, 0], ArrowLeft: [-80, 0], ArrowDown: [0, 80], ArrowUp: [0, -80] };
addEventListener("keydown", event => {
  if (nudged(event)) return event.preventDefault();
  const { key, target, shiftKey } = event, action = shiftKey && pans[key] ? () => pan(...pans[key]) : keys[key];
  const own = target.matches("input, select") || (key === " " && target.matches("button, [role=button]"));
  if (own || event.ctrlKey || event.metaKey || event.altKey || !action) return;
  event.preventDefault();
  action();
});
for (const [id, action] of Object.entries({ first: home, back: backwards, play: toggle, next: onward, last: finish })) $(id).onclick = action;
$("slider").max = end;
$("slider").oninput = () => step(Number($("slider").value));
/** The position that a line of the list stands for; in forward mode the lines of the backward pass are hidden. */
const positionOf = n => (n === texts.length - 1 ? end : Math.min(n, end));
texts.forEach((text, n) => { text.onclick = () => step(positionOf(n)); });

// --- The address: the step, and the numbers that were changed ---

function address() {
  // Browsers limit how often a page writes its address; a page inside another one has no address of its own.
  clearTimeout(at.writing);
  if (location.protocol === "about:") return;
  const changes = [...(at.moved ?? [])].map(k => `&${encodeURIComponent(entries[k].label)}=${at.values[k]}`).join("");
  at.writing = setTimeout(() => history.replaceState(null, "", `#step=${at.position}${at.film ? `@${at.film.frame}` : ""}${changes}`), 200);
}

/** Go to the step and the numbers of the address. */
function follow(opening) {
  const [place, ...changes] = location.hash.slice(1).split("&"), [position, frame] = place.split("@"), given = new Map();
  for (const change of changes) {
    const [label, x] = change.split("=").map(decodeURIComponent), k = leaves.find(leaf => entries[leaf].label === label);
    if (k !== undefined && x && !Number.isNaN(Number(x))) given.set(k, Number(x));
  }
  at.film?.expose(Number(frame) || 0);
  adopt(recorded);
  go(Number(/^(?:step=)?(\d+)$/.exec(position)?.[1] ?? (at.film ? end : 0)), opening);
  if (given.size && record.live) change(given);
  else show();
  if (at.wrt !== null) list(); // what the page was made with are the lines of reverse mode
}

addEventListener("hashchange", () => { play(false); follow(); });
addEventListener("beforeprint", () => paint(end, true));
addEventListener("afterprint", () => paint(at.position));
new ResizeObserver(() => { fit(); reveal(); }).observe($("stage"));
bind();
map();
fit();
follow(true);
