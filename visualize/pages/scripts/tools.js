// The tools beside the picture, each of which a button opens: the curve, and the descent.

function open(tool) {
  for (const name of ["curve", "descent"]) {
    const shown = name === tool && $(name).hidden;
    $(name).hidden = !shown;
    $(`${name}s`).setAttribute("aria-expanded", shown);
  }
  $("tools").hidden = $("curve").hidden && $("descent").hidden;
  redraw();
}

/** Draw the open tools anew, at most once for each picture that the browser shows. */
function redraw() {
  cancelAnimationFrame(at.drawing);
  at.drawing = requestAnimationFrame(() => { drawCurve(); drawDescent(); });
}

for (const name of ["curve", "descent"]) $(`${name}s`).onclick = () => open(name);
