// The forward mode: the derivative of each value by one of them, dz/dw, is carried along with the numbers.
// at.wrt is the position of w; it is null in reverse mode.

/** For each entry z its tangent dz/dw, and the terms dz/dx · dx/dw of the arguments x that depend on w. */
function tangents() {
  const known = [], { home: w } = entries[at.wrt];
  entries.forEach(({ op, home }, k) => {
    const parts = [];
    let tangent = home === w ? 1 : 0;
    if (op !== null && home !== w)
      for (const { to, position, slope } of stepOf(k).parts) {
        if (!known[to].depends) continue;
        const factor = known[to].tangent, passes = slope !== 0 || !operations[op].selects, contribution = passes ? slope * factor : 0;
        parts.push({ to, position, slope, factor, contribution, before: tangent, after: tangent + contribution, arrived: parts.length + 1, passes });
        tangent += contribution;
      }
    known[k] = { tangent, parts, depends: home === w || parts.length > 0 };
  });
  return known;
}

/** The tangents that a position shows, as `arrivals` returns gradients. */
function carriedUntil(position) {
  return tangents().map(({ tangent }, k) => (position < forwardAt[k] ? null : { gradient: tangent, count: entries[k].uses }));
}

const byName = k => `d${entries[k].label}/d${entries[at.wrt].label}`;
const resultOf = known => results.reduce((sum, k) => sum + known[k].tangent, 0);

/** The lines that describe a step, as `said` does in reverse mode. */
function saidForward(position) {
  const known = tangents(), k = currentOf(position), w = entries[at.wrt].label;
  if (position === 0) return [...leaves.map(leaf => `${entries[leaf].label} = ${brief(at.values[leaf])}`), `d${w}/d${w} = 1`];
  if (position === end) return [`d${of}/d${w} = ${exact(resultOf(known))}`, `in reverse mode d${of}/d${w} = ${exact(at.gradients[at.wrt])}`];
  const { label, text } = entries[k], { tangent, parts } = known[k];
  const terms = parts.map(part => {
    const { formula, slope, contribution, sum } = wording(k, part), factor = signed(brief(part.factor));
    const forms = [`d${label}/d${entries[part.to].label} × ${byName(part.to)}`, ...[formula, slope].filter(Boolean).map(each => `${plain(each)} × ${factor}`), contribution];
    return `${byName(k)} += ${forms.join(" = ")}${sum && `; ${sum}`}`;
  });
  return [`${label} = ${plain(text)} = ${plain(onNumbers(k))} = ${brief(at.values[k])}`, ...(parts.length ? terms : [`${byName(k)} = ${brief(tangent)}`])];
}

/** The panel of a step, as `panel` makes it in reverse mode. */
function panelForward(position) {
  const known = tangents(), k = currentOf(position), w = entries[at.wrt].label, by = k => ratio(entries[k].label, w);
  const head = (title, heading, ...content) => element("div", "head", element("h2", "", title), element("h3", "", heading), ...content);
  const given = leaves.map(leaf => card([[entries[leaf].label, "=", strong(brief(at.values[leaf]))]]));
  if (position === 0) return [
    head("Start", "What is given", element("p", "", `Every value is computed together with its derivative by ${w}, its tangent.`)),
    cards([card([[ratio(w, w), "=", strong("1")]]), ...given]),
  ];
  if (position === end) return [
    head("Finished", `The derivative of ${of} by ${w}`, element("p", "", "Reverse mode gives the same number, and those of all other values with it.")),
    cards([
      card([[ratio(of, w), "=", strong(exact(resultOf(known)))]], element("div", "chip", "forward mode")),
      card([[ratio(of, w), "=", strong(exact(at.gradients[at.wrt]))]], element("div", "chip", "reverse mode")),
    ]),
  ];
  const { label, text } = entries[k], { tangent, parts } = known[k];
  const terms = parts.map(part => {
    const { formula, slope, contribution, sum } = wording(k, part), factor = signed(brief(part.factor));
    const products = [formula, slope].filter(Boolean).map(each => ["", "=", typeset(`${each} × ${factor}`)]);
    const notes = [part.passes ? "" : "the operation does not take this argument", sum && `${part.arrived < parts.length ? "so far" : "in all"} ${sum}`];
    const names = element("span", "", ratio(label, entries[part.to].label), " × ", by(part.to));
    return card([[by(k), "+=", names], ...products, ["", "=", strong(contribution)]], ...notes.filter(Boolean).map(note => element("div", "chip", note)));
  });
  const why = parts.length ? "Its tangent is the sum over its arguments:" : entries[k].home === entries[at.wrt].home ? "The derivative of a value by itself:" : `It does not depend on ${w}:`;
  return [
    head(`Forward mode ${position} of ${computed}`, typeset(`${label} = ${text}`), element("p", "", why), equation([by(k), "=", strong(brief(tangent))])),
    cards([card([[label, "=", typeset(text)], ["", "=", typeset(onNumbers(k))], ["", "=", strong(brief(at.values[k]))]]), ...terms]),
  ];
}

/** Change to the forward mode by an entry, or to the reverse mode with null; a step stays at its value. */
function changeMode(wrt) {
  const k = currentOf(at.position), finished = at.position === end;
  play(false);
  at.chosen = undefined;
  setMode(wrt);
  go(finished ? end : k === undefined ? 0 : forwardAt[k]);
  show();
  list();
}

function setMode(wrt) {
  at.wrt = wrt;
  end = wrt === null ? 2 * computed + 1 : computed + 1;
  document.body.classList.toggle("carries", wrt !== null);
  $("reversed").setAttribute("aria-pressed", wrt === null);
  $("carried").setAttribute("aria-pressed", wrt !== null);
  $("slider").max = end;
  document.querySelector("#listing thead th:last-child").textContent = wrt === null ? "grad" : "tangent";
}

choice("wrt", [...leaves, ...order]);
$("wrt").value = record.tangents ?? leaves[0];
$("wrt").onchange = () => changeMode(Number($("wrt").value));
$("carried").onclick = () => changeMode(Number($("wrt").value));
$("reversed").onclick = () => changeMode(null);
setMode(record.tangents);
window.stepgrad.tangent = name => tangents()[named(name)].tangent;
