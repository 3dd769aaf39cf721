// The tools beside the picture, each of which a button opens: the listing, the curve, the descent, and those that other
// scripts add.

const drawings = [drawListing, drawCurve, drawDescent];
const openers = () => [...document.querySelectorAll("#given [aria-controls]")].map(button => [button, $(button.getAttribute("aria-controls"))]);

function open(tool) {
  for (const [button, section] of openers()) {
    const shown = section.id === tool && section.hidden;
    section.hidden = !shown;
    button.setAttribute("aria-expanded", shown);
    button.onclick = () => open(section.id);
  }
  $("tools").hidden = openers().every(([, section]) => section.hidden);
  redraw();
}

/** Draw the open tools anew, at most once for each picture that the browser shows. */
function redraw() {
  cancelAnimationFrame(at.drawing);
  at.drawing = requestAnimationFrame(() => drawings.forEach(draw => draw()));
}

open(innerWidth >= 1500 && "listing");
