// The explanation of a gradient: the sum over the uses of a value, in the words of `autograd.explain`.

/** The uses of a value, in the order in which the reverse pass reaches them. */
const usesOf = k => at.steps.flatMap(step => step.parts.filter(part => entries[part.to].home === entries[k].home).map(part => ({ ...step, part })));

/** The name of a value, which the versions of a leaf have in common. */
const nameOf = k => record.names[k] ?? entries[k].label;

/** The first line: the gradient, and the number of its terms. */
function headline(k) {
  const { uses, home } = entries[k], x = nameOf(k), versions = sameAs(k), slope = `d${of}/d${x} = ${brief(at.gradients[k])}`;
  if (!uses) return `${slope}: ${x} is the result itself`;
  const number = versions.length > 1 ? "" : ` = ${brief(at.values[home])}`;
  return `${slope}, ${uses > 1 ? `the sum over ${uses} uses` : "from the only use"} of ${x}${number}`;
}

/** A use in words and numbers: the operation, the local derivative, the product, the sum so far; and a remark. */
function termOf({ k: z, upstream, part }) {
  const { label, text, inputs, formulas, reasons } = entries[z], { position, slope } = part, x = entries[part.to].label;
  const several = inputs.filter(each => each === part.to).length > 1 ? `, argument ${position + 1}` : "";
  const formula = plain(formulas[position]).replace(/^\(((?:(?! if )[^()]|\([^()]*\))*)\)$/, "$1");
  const local = [`d${label}/d${x}`, formula, brief(slope)].filter(Boolean).join(" = ");
  const reason = upstream === 0 ? `${of} does not move with ${label}` : slope === 0 && reasons[position];
  const cells = [`${label} = ${plain(text)}${several}`, local, `${brief(upstream)} × ${signed(brief(slope))} = ${brief(part.contribution)}`, brief(part.after)];
  return { cells, remark: reason ? `${reason}: no gradient is passed on` : "" };
}

/** The sum of numbers, rounded once: what each addition loses is kept (Neumaier, 1974). */
function sumOfAll(numbers) {
  let sum = 0, lost = 0;
  for (const x of numbers) {
    const next = sum + x;
    lost += Math.abs(sum) < Math.abs(x) ? x - next + sum : sum - next + x;
    sum = next;
  }
  return sum + lost;
}

/** What rounding hides: the gradient to the last bit, and sums that come out otherwise. */
function roundings(k, uses) {
  const total = at.gradients[k], shown = brief(total), { digits } = record;
  if (!Number.isFinite(total)) return [];
  const contributions = uses.map(({ part }) => part.contribution), exactly = brief(sumOfAll(contributions));
  const printed = sumOfAll(contributions.map(x => Number(brief(x)))), rest = Number(Math.abs(printed - Number(shown)).toPrecision(12));
  return [
    Number(shown) !== total && `To ${digits} digits; exactly, d${of}/d${nameOf(k)} = ${exact(total)}.`,
    ![exactly, shown].includes(brief(Number(printed.toPrecision(15)))) &&
      `As printed, the contributions add up to ${brief(printed)}, not to ${shown}: rounding to ${digits} digits hides ${brief(rest)}.`,
    exactly !== shown && `Sums of floats are rounded: in exact arithmetic the contributions add up to ${exactly}.`,
  ].filter(Boolean);
}

/** The explanation of a value, for the panel. */
function explanation(k) {
  const uses = usesOf(k), versions = sameAs(k), { source } = entries[k], x = nameOf(k), few = uses.length < 2 ? 3 : 4;
  const row = (name, cells) => element("tr", "", ...cells.slice(0, few).map(cell => element(name, "", cell)));
  const changed = `${x} changed between its uses: ${versions.map(each => `${entries[each].label} = ${brief(at.values[each])}`).join(", ")}`;
  const rows = uses.flatMap(use => {
    const { cells, remark } = termOf(use), wide = remark && element("td", "", remark);
    if (wide) wide.colSpan = few;
    return [row("td", cells), ...(wide ? [element("tr", "remark", wide)] : [])];
  });
  const table = rows.length ? [element("table", "", element("thead", "", row("th", ["used in", "local derivative", "upstream × local", "sum so far"])), element("tbody", "", ...rows))] : [];
  const lines = [versions.length > 1 && changed].filter(Boolean), notes = uses.length ? roundings(k, uses) : [];
  const made = element("section", "explained", element("h3", "", headline(k)), ...lines.map(line => element("p", "", line)), ...table, ...notes.map(note => element("p", "", note)));
  if (source >= 0) made.append(element("p", "source", `${record.sources[source].slice(0, 2).join(":")} `, element("code", "", record.sources[source][2])));
  made.tabIndex = 0;
  made.setAttribute("aria-label", `Explanation of ${x}`);
  return made;
}
