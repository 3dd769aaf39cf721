// From an expression that was read to the record of an ordinary page: the same rows that Python writes for a program.

/** A constant as a box shows it: as it was written if that is short, else to four digits. */
function short({ number, whole }) {
  const text = whole ? String(number) : spelled(number);
  return text.length <= record.digits + 2 ? text : brief(number);
}

/** A float as Python spells it. */
function spelled(x) {
  if (!Number.isFinite(x)) return brief(x);
  const size = Math.abs(x);
  if (size && (size < 1e-4 || size >= 1e16)) return x.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
  return (Object.is(x, -0) ? "-0" : String(x)) + (Number.isInteger(x) ? ".0" : "");
}

/** A name as people read it: between marks where it could be taken for notation. */
function labelled(name) {
  const letters = [...name], shown = letters.length <= 40 ? name : `${letters.slice(0, 19).join("")}…${letters.slice(-20).join("")}`;
  const plain = new RegExp(`^(?!(?:inf|nan)$)(?![\\d${grammar.notation}])[^${grammar.notation}…]+$`, "u");
  return plain.test(shown) ? shown : `‹${shown}›`;
}

/** The program of an expression at numbers of its variables: entries, as `autograd.program` lists them. */
function programOf({ work, names }, numbers) {
  const variables = names.filter(name => numbers.has(name)), entries = variables.map(name => ({ op: null, value: numbers.get(name), inputs: [], label: labelled(name), role: "input" }));
  const stack = [];

  const valueOf = x => (typeof x === "number" ? entries[x].value : x.number);
  function performed(lines, given) {
    const results = [];
    for (const [row, ...operands] of lines) {
      const inputs = operands.map(x => (Array.isArray(x) ? { number: numberOf(x[0]), whole: x[1] === 1 } : x < 0 ? results[-1 - x] : given[x]));
      const value = operations[row].value(...inputs.map(valueOf));
      if (inputs.every(x => typeof x !== "number")) results.push({ number: Number(value), whole: false });
      else {
        results.push(entries.length);
        entries.push({ op: row, value: Number(value), inputs, label: `%${entries.length}`, role: "computed" });
      }
    }
    return results.at(-1);
  }
  for (const node of work) {
    const given = stack.splice(stack.length - node.operands.length);
    if (node.name !== undefined) stack.push(numbers.has(node.name) ? variables.indexOf(node.name) : { number: numberOf(grammar.constants[node.name]), whole: false });
    else if (node.number) stack.push(node.number);
    else if (node.action === "positive") stack.push(given[0]);
    else if (node.action) stack.push(performed(node.action === "negative" ? grammar.negative : grammar.operators[node.action], given));
    else {
      refuseNumbers(node, given, valueOf, x => (typeof x === "number" ? entries[x].label : spelledFully(x)));
      stack.push(performed(grammar.functions[node.called.name].ways[given.length], given));
    }
  }
  return { entries, result: stack[0] };
}

const spelledFully = ({ number, whole }) => (whole ? String(number) : spelled(number));

/** Refuse arguments that a function does not take. */
function refuseNumbers({ called: { name }, column }, given, valueOf, written) {
  if (name === "round" && given.length === 2 && !given[1].whole)
    throw new Refusal(sentence("whole", typeof given[1] === "number" ? written(given[1]) : `float ${written(given[1])}`), column);
  if (name === "clip" && valueOf(given[1]) > valueOf(given[2])) throw new Refusal(sentence("crossed", written(given[1]), written(given[2])), column);
}

/** The record of a page: what `visualize.page` writes for the same program. */
function recordOf(reading, numbers) {
  const { entries, result } = programOf(reading, numbers);
  if (!numbers.size) throw new Refusal(sentence("nothing"));
  if (typeof result !== "number") throw new Refusal(sentence("nothing"));
  if (entries[result].op !== null) {
    entries[result].role = "output";
    entries[result].label = ["f", "y", "z", "g", "h", ...Array.from({ length: 99 }, (_, n) => `f${n}`)].find(name => !reading.names.includes(name));
  }
  const columns = ["label", "text", "role", "value", "slopes", "formulas", "reasons", "numbers", "op", "inputs", "home", "source"];
  const rows = entries.map((entry, k) => {
    const row = rowOf(entry, entries);
    return [entry.label, row.text, entry.role, jsonNumber(entry.value), row.slopes, row.formulas, row.reasons, row.numbers, entry.op, entry.inputs.map(x => (typeof x === "number" ? x : [jsonNumber(x.number)])), k, -1];
  });
  return {
    of: entries[result].label, digits: record.digits, live: true, results: [result], values: { columns, rows }, branches: [], data: null, tangents: null, sources: [], names: {}, widths: WIDTHS,
    constants: entries.map(({ inputs }) => inputs.map(x => (typeof x === "number" ? null : short(x)))),
  };
}

const jsonNumber = x => (Number.isFinite(x) ? x : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");

/** The texts and the derivatives of an entry. */
function rowOf({ op, value, inputs, label }, entries) {
  if (op === null) return { text: "input", slopes: [], formulas: [], reasons: [], numbers: "" };
  const row = grammar.rows[op], isEntry = x => typeof x === "number";
  const operands = (name, number) => inputs.map((x, n) => (isEntry(x) ? name(x) : leavesOut(row, n, x) ? "" : number(x)));
  const found = operations[op].slopes(...inputs.map(x => (isEntry(x) ? entries[x].value : x.number)), value);
  const written = derivatives(row, inputs.map(x => (isEntry(x) ? entries[x].label : x.number)), label);
  const reasons = inputs.map((x, n) => (isEntry(x) && row.reasons[n] ? row.reasons[n].replace("{}", entries[x].label) : ""));
  const named = operands(x => entries[x].label, short), placed = operands(x => `{${x}}`, x => brief(x.number));
  return {
    text: row.name === "div" ? fractionOf(`${named[0]} `, ` ${named[1]}`) : writtenRow(row, named),
    slopes: inputs.map((x, n) => (isEntry(x) ? jsonNumber(Number(found[n])) : 0)),
    formulas: inputs.map((x, n) => (isEntry(x) && isFormula(written[n]) ? asFactor(written[n]) : "")),
    reasons: reasons.some(Boolean) ? reasons : [],
    numbers: row.name === "div" ? fractionOf(`${placed[0]} `, placed[1].startsWith("-") ? ` \x05${placed[1]}\x06` : ` ${placed[1]}`) : writtenRow(row, placed.map(signed)),
  };
}

const leavesOut = (row, n, x) => row.tacit?.[0] === n && x.whole && x.number === 0;

/** An operation applied to written operands; of a long list the middle is left out. */
function writtenRow(row, operands) {
  if (row.tacit && !operands[row.tacit[0]] && operands[1]) return notation(row.tacit[1], operands);
  if (!row.write.includes("{*}") || operands.length <= SHOWN) return notation(row.write, operands);
  return notation(row.write, [...operands.slice(0, SHOWN - 2), `… ${operands.length - SHOWN + 1} more …`, operands.at(-1)]);
}
