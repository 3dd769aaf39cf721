// Modules that open and close: each has a picture in which it is open, and those beside it are closed.

const content = [...picture.querySelectorAll(":scope > g")].map(each => each.outerHTML).join("");
const all = { open: null, size: picture.getAttribute("viewBox"), content, frames: live.frames, folds: {} };
const folds = new Map(), bundles = new Map(); // the boxes of closed modules; the edges for several uses
at.view = all;

/** Find the closed modules of the picture, the frames of the open ones, and the edges for several uses. */
at.bind = () => {
  folds.clear();
  bundles.clear();
  closed.length = 0;
  for (const [id, [path, ks]] of Object.entries(at.view.folds)) {
    const box = $(id);
    folds.set(box, { path, ks });
    for (const k of ks) closed[k] = box;
    part(box, () => openModule(path));
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-label", `Module ${path}, closed, ${ks.length} values`);
  }
  for (const [id, path] of Object.entries(at.view.frames)) {
    part($(id), () => closeModule(path));
    $(id).setAttribute("aria-expanded", "true");
    $(id).setAttribute("aria-label", `Module ${path}, open`);
  }
  entries.forEach(({ inputs }, k) => inputs.forEach((to, position) => {
    const edge = !edges[k][position] && !Array.isArray(to) && $(`${boxOf(to).id}-${boxOf(k).id}`);
    if (edge) bundles.set(edge, [...(bundles.get(edge) ?? []), k]);
  }));
};

/** Mark the closed modules, and the edges for several uses. */
at.paint = (position, now) => {
  const ahead = k => position < forwardAt[k];
  for (const [box, { ks }] of folds) {
    const found = ks.map(sought);
    mark(box, "fold", { ahead: ks.every(ahead), now: ks.includes(now), found: found.some(each => each.found), sought: found.some(each => each.sought) });
  }
  for (const [edge, ks] of bundles) mark(edge, "", { ahead: ks.every(ahead), flows: ks.includes(now) });
};

/** Show another picture. */
function turn(view) {
  at.view = view;
  for (const each of picture.querySelectorAll(":scope > g")) each.remove();
  picture.insertAdjacentHTML("beforeend", view.content);
  picture.setAttribute("viewBox", view.size);
  $("modules").textContent = view === all ? "Close modules" : "Open all";
  bind();
  map();
  fit();
  paint(at.position);
}

const viewOf = path => live.views.find(view => view.open === path);
const idOf = (list, path) => Object.keys(list).find(id => [list[id]].flat()[0] === path);

/** Move the focus and the view to a part of the picture. */
function arrive(id) {
  const each = $(id) ?? stage;
  each.focus({ preventScroll: true });
  if (each !== stage) bring([each], "instant");
}

function openModule(path) {
  turn(viewOf(path) ?? all);
  arrive(idOf(at.view.frames, path));
}

function closeModule(path) {
  turn(viewOf(path.split(".").slice(0, -1).join(".")) ?? live.views[0]);
  arrive(idOf(at.view.folds, path));
}

/** Open the modules around a value. */
at.open = k => { while (closed[k]) turn(viewOf(folds.get(closed[k]).path) ?? all); };

$("modules").hidden = false;
$("modules").onclick = () => { turn(at.view === all ? live.views[0] : all); reveal("instant"); };
