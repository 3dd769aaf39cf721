// The film of a training: every number of the page becomes that of a frame; the loss over the steps, with its mark.

const doubles = letters => new Float64Array(Uint8Array.from(atob(letters), letter => letter.charCodeAt(0)).buffer);
const film = { ...record.film, losses: doubles(record.film.losses), numbers: doubles(record.film.numbers), frame: 0 };
const originals = Object.fromEntries(leaves.map(k => [k, recorded.values[k]])), lastFrame = film.frames.length - 1;
const untouched = leaves.filter(k => !film.leaves.includes(k));

/** Show a frame. Leaves that the film does not have keep the numbers that the reader gave them. */
function expose(frame) {
  film.frame = Math.max(0, Math.min(lastFrame, frame));
  const given = { ...originals }, kept = {};
  film.leaves.forEach((k, n) => { given[k] = film.numbers[film.frame * film.leaves.length + n]; });
  for (const k of untouched) kept[k] = at.values[k];
  Object.assign(recorded, evaluate(entries, given));
  adopt(untouched.every(k => Object.is(kept[k], given[k])) ? recorded : evaluate(entries, { ...given, ...kept }));
  losses.length = 0;
  show();
  $("frames").value = film.frame;
  $("frames").setAttribute("aria-valuetext", caption());
  $("frame").textContent = caption();
  $("earlier").disabled = film.frame === 0;
  $("later").disabled = film.frame === lastFrame;
}

/** The frame in words. */
function caption() {
  const place = film.frames[film.frame];
  return `step ${film.steps[place]} of ${film.steps.at(-1)}, loss ${brief(film.losses[place])}`;
}

function roll(on) {
  clearInterval(film.rolling);
  film.rolling = on && setInterval(() => (film.frame < lastFrame ? expose(film.frame + 1) : roll(false)), Math.max(60, Math.min(500, 12000 / (lastFrame + 1))));
  $("roll").querySelector("span").textContent = on ? "Pause" : "Train";
  $("roll").querySelector("path").setAttribute("d", on ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 3v10l8-5z");
}

function rollOrPause() {
  if (!film.rolling && film.frame === lastFrame) expose(0);
  roll(!film.rolling);
}

/** Stop, and go to a frame. */
function cut(frame) {
  roll(false);
  expose(frame);
  $("status").textContent = caption();
}

function drawFilm() {
  if ($("filmed").hidden) return;
  const { steps, losses: all } = film, ends = [steps[0], steps.at(-1)], place = film.frames[film.frame];
  const finite = all.filter(Number.isFinite), range = [Math.min(0, ...finite), Math.max(0, ...finite)], at = plot($("progress"), ends, range);
  const [x, y] = at(steps[place], all[place]), [, top] = at(0, range[1]), [, bottom] = at(0, range[0]);
  $("progress").append(line(at, steps.map((step, n) => [step, all[n]]), "line"), drawn("path", { d: `M${x},${top}V${bottom}`, class: "mark" }));
  if (Number.isFinite(all[place])) $("progress").append(drawn("circle", { cx: x, cy: y, r: 4 }));
  $("progress").setAttribute("aria-label", `The loss over the steps of the training; ${caption()}`);
  if (data) drawBoundary($("sides"));
}

/** Go to the frame whose step is the nearest to a point of the curve. */
function seek(event) {
  const box = $("progress").getBoundingClientRect(), { width, left, edge } = PLOT, { steps } = film;
  const part = ((event.clientX - box.left) / box.width * width - left) / (width - left - edge), step = steps[0] + part * (steps.at(-1) - steps[0]);
  const far = film.frames.map(place => Math.abs(steps[place] - step));
  cut(far.indexOf(Math.min(...far)));
}

const opener = element("button", "", "Training");
opener.id = "films";
opener.setAttribute("aria-controls", "filmed");
$("given").append(opener);
$("tools").append($("filmed"));
$("note").textContent = film.note;
$("sides").toggleAttribute("hidden", !data);
$("frames").max = lastFrame;
$("frames").oninput = () => cut(Number($("frames").value));
const before = () => cut(film.frame - 1), after = () => cut(film.frame + 1);
for (const [id, action] of Object.entries({ earlier: before, later: after, roll: rollOrPause })) $(id).onclick = action;
$("progress").onclick = seek;
const rolling = { ".": after, ",": before, "<": () => cut(0), ">": () => cut(lastFrame), p: rollOrPause };
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=range]), select")) return;
  rolling[event.key]?.();
});
at.film = { expose, get frame() { return film.frame; } };
drawings.push(drawFilm);
open("filmed");
Object.assign(window.stepgrad, { frames: () => film.frames.length, frame: cut });
