// The record, and the pass over it: with the recorded numbers, or with others that the reader gave.

const $ = id => document.getElementById(id);
const record = JSON.parse($("record").textContent);
const { of, results } = record;
const constants = list => list.map(x => (Array.isArray(x) ? [numberOf(x[0])] : x));
const entries = record.values.rows.map(row => Object.fromEntries(record.values.columns.map((name, n) => [name, row[n]])));
for (const entry of entries) Object.assign(entry, { value: numberOf(entry.value), inputs: constants(entry.inputs), uses: 0 });
const branches = record.branches.map(each => ({ ...each, sides: constants(each.sides), numbers: each.numbers.map(numberOf) }));
for (const { inputs } of entries) for (const x of inputs) if (!Array.isArray(x)) entries[entries[x].home].uses++;
for (const entry of entries) entry.uses = entries[entry.home].uses;

const leaves = entries.flatMap((entry, k) => (entry.op === null ? [k] : []));
const order = entries.flatMap((entry, k) => (entry.op === null ? [] : [k]));
const recorded = {
  values: entries.map(entry => entry.value),
  slopes: entries.map(entry => entry.slopes?.map(numberOf)),
};

// Position 0 is the start; then come the steps of both passes; the last position is the finished state.
// In forward mode, by the entry at.wrt, there is one pass: tangents.js has what differs.
const computed = order.length, at = { position: 0, wrt: null };
let end = 2 * computed + 1;
const forwardAt = entries.map((entry, k) => order.indexOf(k) + 1);
const isBackward = position => at.wrt === null && position > computed;
/** The entry of a step; none at the start and in the end. */
const currentOf = position => (position < 1 || position >= end ? undefined : isBackward(position) ? order[end - 1 - position] : order[position - 1]);
const stepOf = k => at.steps[computed - forwardAt[k]];
const sameAs = k => entries.flatMap((entry, other) => (entry.home === entries[k].home ? [other] : []));

/** Take the numbers of a forward pass, and make the reverse pass over them. */
function adopt({ values, slopes }) {
  Object.assign(at, { values, ...reverse(entries, slopes, results) });
}

// --- Sentences ---

/** A formula as text: \x02 and \x04 frame a fraction, \x03 is its line, \x05 and \x06 are parentheses of a line. */
const plain = text => text.replace(/[\x02-\x06]/g, mark => ({ "\x03": "/", "\x05": "(", "\x06": ")" })[mark] ?? "");

/** The operation of an entry with numbers in place of its arguments. */
function onNumbers(k) {
  const { numbers } = entries[k], number = x => brief(at.values[x]);
  if (numbers.startsWith("\x02")) // a fraction, below whose line a negative number needs parentheses in a line alone
    return numbers.replace(/(.)\{(\d+)\}(?=(\x04)?)/g, (_, before, x, end) => before + (end && at.values[x] < 0 ? `\x05${number(x)}\x06` : number(x)));
  const text = numbers.replace(/\{(\d+)\}/g, (_, x) => signed(number(x)));
  return text.replace(/(?:(?<=[([])|(?<=, ))\((-[^()]*)\)/g, "$1").replace(/^\((-[^()]*)\)(?! \*\*)/, "$1");
}

/** The texts of one product of the chain rule. */
function wording(k, part) {
  const formula = entries[k].formulas[part.position], slope = signed(brief(part.slope));
  return { slope, formula: formula === slope ? "" : formula, contribution: brief(part.contribution), sum: sumOf(part) };
}

/** `before + contribution = after`, each with as many decimals, so that the printed numbers add up. */
function sumOf({ arrived, before, contribution, after }) {
  if (arrived < 2 && before === 0) return "";
  const numbers = [before, contribution, after], texts = numbers.map(x => brief(x));
  const places = Math.max(...texts.map(text => text.split(".")[1]?.length ?? 0));
  const write = (x, y, z) => `${x} + ${signed(y)} = ${z}`;
  if (/[ein]/.test(texts.join())) return write(...texts);
  const aligned = numbers.map(x => fixed(x, places));
  if (aligned.some(text => text.length > record.digits + 6)) return write(...texts);
  return write(...aligned.map(text => (places ? text.replace(/\.?0*$/, "") : text)));
}

/** The lines that describe a step. */
function said(position) {
  if (at.wrt !== null) return saidForward(position);
  const k = currentOf(position), { label, text } = entries[k] ?? {};
  if (position === 0) return leaves.map(leaf => `${entries[leaf].label} = ${brief(at.values[leaf])}`);
  if (position === end) return leaves.map(leaf => `d${of}/d${entries[leaf].label} = ${exact(at.gradients[leaf])}`);
  if (!isBackward(position)) return [`${label} = ${plain(text)} = ${plain(onNumbers(k))} = ${brief(at.values[k])}`];
  const { upstream, parts } = stepOf(k), begins = results.includes(k) ? [`d${of}/d${label} = ${brief(upstream)}`] : [];
  return [...begins, ...parts.map(part => chainRule(k, brief(upstream), part))];
}

/** One line of the chain rule: in names, in formulas, in numbers. */
function chainRule(k, upstream, part) {
  const z = entries[k].label, { label: x, uses } = entries[part.to], { formula, slope, contribution, sum } = wording(k, part);
  const forms = [`d${of}/d${z} × d${z}/d${x}`, ...[formula, slope].filter(Boolean).map(text => `${upstream} × ${plain(text)}`), contribution];
  return `d${of}/d${x} += ${forms.join(" = ")}${sum && `; ${sum}`}${uses > 1 ? ` (${part.arrived} of ${uses} uses)` : ""}`;
}

adopt(recorded);
