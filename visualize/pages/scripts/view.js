// The view of the picture: its size, the part of it that is in sight, and a small map of it.

const stage = $("stage"), picture = $("picture");
stage.tabIndex = 0;

/** The scale at which all is in sight, and that at which the picture fits or is large enough to read; a hidden page has no size. */
function scales() {
  const { width, height } = picture.viewBox.baseVal;
  const whole = Math.max(0.01, Math.min((stage.clientWidth - 24) / width, (stage.clientHeight - 24) / height, 2.4));
  return { whole, readable: Math.max(whole, stage.clientWidth < 700 ? 0.95 : 1.1) };
}

/** Give the picture its size: the one that the reader chose, or one that depends on the space. */
function fit() {
  const { width, height } = picture.viewBox.baseVal, found = scales();
  at.scale = found[at.zoom ?? "readable"] ?? at.zoom;
  Object.assign(picture.style, { width: width * at.scale + "px", height: height * at.scale + "px", maxHeight: "none" });
  look();
}

/** Make the picture larger by a factor; the place at a pointer stays where it is. */
function zoom(factor, pointer) {
  const frame = stage.getBoundingClientRect(), before = picture.getBoundingClientRect(), old = at.scale;
  const { x, y } = pointer ?? { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 };
  at.zoom = Math.max(Math.min(scales().whole, 0.5), Math.min(6, old * factor));
  fit();
  const after = picture.getBoundingClientRect(), ratio = at.scale / old;
  pan(after.x + (x - before.x) * ratio - x, after.y + (y - before.y) * ratio - y);
}

function pan(left, top, behavior = "instant") {
  stage.scrollBy({ left, top, behavior });
  look();
}

/** Larger or smaller by a key or a button; the current box stays in sight. */
function scaled(factor) {
  zoom(factor);
  reveal("instant");
}

/** Show all of the picture; if it is shown, a size at which it can be read. */
function whole() {
  at.zoom = at.zoom === "whole" ? undefined : "whole";
  fit();
  reveal("instant");
}

/** Note which part of the picture is in sight, and draw it in the map. */
function look() {
  const frame = stage.getBoundingClientRect(), { x, y, width, height } = picture.getBoundingClientRect();
  at.sight = [frame.x - x, frame.y - y, frame.width, frame.height].map(length => length / at.scale);
  $("map").toggleAttribute("hidden", width <= frame.width && height <= frame.height);
  ["x", "y", "width", "height"].forEach((name, n) => $("sight").setAttribute(name, at.sight[n].toFixed(1)));
  const box = currentBox()?.getBoundingClientRect(), right = box?.x + box?.width / 2 > frame.x + frame.width / 2;
  $("map").classList.toggle("left", right && box.bottom > $("map").getBoundingClientRect().y); // it covers no current box
}

/** True if a box of usual size at a place of the picture may be in sight. */
function inSight(x, y) {
  const [left, top, width, height] = at.sight;
  return x > left - 250 && x < left + width + 50 && y > top - 120 && y < top + height + 50;
}

/** Draw the map: a rectangle for each box. */
function map() {
  const { width, height } = picture.viewBox.baseVal, kinds = {};
  for (const node of picture.querySelectorAll(".nodes > g")) {
    const box = (node.box ??= node.querySelector("rect, path").getBBox()), kind = (node.kind ??= node.getAttribute("class"));
    kinds[kind] = (kinds[kind] ?? "") + `M${box.x} ${box.y}h${box.width}v${box.height}h${-box.width}z`;
  }
  $("map").setAttribute("viewBox", `0 0 ${width} ${height}`);
  $("map").replaceChildren(...Object.entries(kinds).map(([kind, d]) => drawn("path", { d, class: kind })), $("sight"));
}

/** The box of a value: its own, or that of the closed module around it. */
const boxOf = k => nodes[k] ?? closed[k];

/** The box of a value, or the current one: at the start that of the first leaf, at the end that of the result. */
const currentBox = (k = currentOf(at.position)) => boxOf(k ?? (at.position ? results[0] : leaves[0]));

// Bring the current box, or that of a value, into sight, with the edges of its step. The picture glides if the box is in
// sight; otherwise it jumps.
function reveal(behavior, k = currentOf(at.position)) {
  const box = currentBox(k);
  const parts = k === currentOf(at.position) && k !== undefined ? edges[k].filter(Boolean) : [];
  bring([box, ...parts], behavior);
}

/** Scroll some parts of the picture into the middle, unless they are in sight; if not all of them fit, the first. */
function bring(parts, behavior) {
  const frame = stage.getBoundingClientRect(), around = parts.map(each => each.getBoundingClientRect());
  const shift = (start, stop, size) => {
    const low = Math.min(...around.map(box => box[start])) - 80, high = Math.max(...around.map(box => box[stop])) + 80;
    if (low >= frame[start] && high <= frame[stop]) return 0;
    const middle = high - low > frame[size] ? around[0][start] + around[0][stop] : low + high;
    return (middle - frame[start] - frame[stop]) / 2;
  };
  const left = shift("left", "right", "width"), top = shift("top", "bottom", "height");
  const seen = around[0].left < frame.right && around[0].right > frame.left && around[0].top < frame.bottom && around[0].bottom > frame.top;
  if (left || top) pan(left, top, behavior ?? (seen ? "auto" : "instant"));
  else look();
}

stage.onscroll = () => {
  look();
  if (at.late?.length) paint(at.position);
};
stage.addEventListener("wheel", event => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const unit = Math.abs(event.deltaY) < 50 ? 60 : 400; // of two fingers on a touchpad, or of a wheel
  zoom(2 ** (-event.deltaY / unit), event);
}, { passive: false });
for (const kind of ["touchstart", "touchmove"]) stage.addEventListener(kind, event => {
  if (event.touches.length !== 2) return;
  event.preventDefault();
  const [one, two] = event.touches, apart = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
  if (kind === "touchmove") zoom(apart / at.apart, { x: (one.clientX + two.clientX) / 2, y: (one.clientY + two.clientY) / 2 });
  at.apart = apart;
}, { passive: false });
// A mouse moves the picture by its background, and the map by any place.
stage.addEventListener("pointerdown", event => {
  if (event.pointerType !== "mouse" || event.button || event.target.closest(".nodes > g")) return;
  if (event.target !== stage || event.offsetX < stage.clientWidth && event.offsetY < stage.clientHeight) stage.setPointerCapture(event.pointerId);
});
stage.addEventListener("pointermove", event => stage.hasPointerCapture(event.pointerId) && pan(-event.movementX, -event.movementY));
$("map").onpointerdown = $("map").onpointermove = event => {
  if (!event.buttons) return;
  const frame = $("map").getBoundingClientRect(), [left, top, width, height] = at.sight, { width: all } = picture.viewBox.baseVal;
  const scale = all / frame.width, x = (event.clientX - frame.x) * scale, y = (event.clientY - frame.y) * scale;
  pan((x - left - width / 2) * at.scale, (y - top - height / 2) * at.scale);
};
for (const [id, action] of Object.entries({ smaller: () => scaled(0.8), larger: () => scaled(1.25), fit: whole })) $(id).onclick = action;
