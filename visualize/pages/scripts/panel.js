// The panel: the step in words, formulas and numbers.

const strong = text => element("strong", "", text);
const cards = content => element("div", content.length > 40 ? "many cards" : "cards", ...content);
const unseen = text => element("span", "unseen", text);
const fraction = (above, below) => element("span", "ratio", element("span", "", ...above), unseen("/"), element("span", "", ...below));
const ratio = (z, x) => fraction(["d" + z], ["d" + x]);

/** A formula with stacked fractions; screen readers read it as its text in one line. */
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
  if (at.wrt !== null) return panelForward(position);
  const head = (title, heading, ...content) => element("div", "head", element("h2", "", title), element("h3", "", heading), ...content);
  if (position === 0) return [
    head("Start", "What is given", element("p", "", "→ computes one value after the other, then carries the gradient back. Space plays. A click on a box goes to its step and explains its gradient. / searches, + and - zoom, 0 shows all.")),
    cards(leaves.map(k => card([[entries[k].label, "=", strong(brief(at.values[k]))]]))),
  ];
  if (position === end) return [
    head("Finished", `The gradients of ${of}`, element("p", "", "What backward() leaves in .grad")),
    cards(leaves.map(k => card([[ratio(of, entries[k].label), "=", strong(exact(at.gradients[k]))]]))),
  ];
  const k = currentOf(position), { label, text } = entries[k], step = stepOf(k);
  if (!isBackward(position)) return [
    head(`Forward ${position} of ${computed}`, typeset(`${label} = ${text}`)),
    cards([card([[label, "=", typeset(text)], ["", "=", typeset(onNumbers(k))], ["", "=", strong(brief(at.values[k]))]])]),
  ];
  return [
    head(`Backward ${position - computed} of ${computed}`, typeset(`${label} = ${text}`),
      element("p", "", results.includes(k) ? "The pass begins here:" : "Its gradient is complete:"),
      equation([ratio(of, label), "=", strong(brief(step.upstream))])),
    cards(step.parts.map(part => product(step, part))),
  ];
}

/** Show a step in the panel, and the explanation of the value that was chosen. */
function paintPanel(position) {
  const many = position === 0 || position === end, known = at.wrt === null && many && at.paneled === position && at.chosen === undefined;
  const numbers = known ? [...$("panel").querySelectorAll(".card strong")] : [];
  if (known) leaves.forEach((k, n) => write(numbers[n], position ? exact(at.gradients[k]) : brief(at.values[k])));
  else {
    const [head, ...rest] = panel(position);
    $("panel").replaceChildren(head, ...(at.chosen === undefined ? [] : [explanation(at.chosen)]), ...rest);
  }
  at.paneled = at.wrt === null && at.chosen === undefined ? position : undefined;
  function write(part, text) {
    if (part.textContent !== text) part.textContent = text;
  }
}

/** The gradient that a step passes on to one argument: the chain rule in names, in formulas, in numbers. */
function product({ k, upstream }, part) {
  const z = entries[k].label, { label, uses } = entries[part.to], { formula, slope, contribution, sum } = wording(k, part);
  const partial = part.arrived < uses, names = element("span", "", ratio(of, z), " × ", ratio(z, label));
  const notes = [
    part.passes ? "" : "no gradient is passed on",
    sum && `${partial ? "so far" : "in all"} ${sum}`,
    uses === 1 ? "its only use: complete" : `${part.arrived} of ${uses} uses: ${partial ? "not complete" : "complete"}`,
  ].filter(Boolean).map(note => element("div", partial ? "chip partial" : "chip", note));
  const marks = element("b", "", uses > 10 ? "" : "●".repeat(part.arrived) + "○".repeat(uses - part.arrived) + " ");
  marks.setAttribute("aria-hidden", "true");
  notes.at(-1).prepend(marks);
  const products = [formula, slope].filter(Boolean).map(text => ["", "=", typeset(`${brief(upstream)} × ${text}`)]);
  return card([[ratio(of, label), "+=", names], ...products, ["", "=", strong(contribution)]], ...notes);
}
