// The engine: a program evaluated forward and backward on other numbers, as `autograd.replay` does it.
// `operations` has, for each operation of the program, the functions of its value and derivatives, traced from its row.

/** The values of all entries, and the local derivatives of the operations, where the leaves have the numbers given. */
function evaluate(entries, given) {
  const values = [], slopes = [];
  entries.forEach(({ op, inputs }, k) => {
    if (op === null) return void (values[k] = given[k]);
    const numbers = inputs.map(x => (Array.isArray(x) ? x[0] : values[x]));
    values[k] = operations[op].value(...numbers);
    slopes[k] = operations[op].slopes(...numbers, values[k]);
  });
  return { values, slopes };
}

/** The reverse pass from the results: its steps, latest entry first, and the final gradient of each entry. */
function reverse(entries, slopes, results) {
  const sums = entries.map(() => 0), arrived = entries.map(() => 0), steps = [];
  for (const k of results) sums[entries[k].home] = 1;
  for (let k = entries.length - 1; k >= 0; k--) {
    const { op, inputs, home } = entries[k], upstream = sums[home];
    if (op === null) continue;
    const parts = [];
    inputs.forEach((to, position) => {
      if (Array.isArray(to)) return;
      const slope = slopes[k][position], at = entries[to].home, before = sums[at];
      const passes = upstream !== 0 && (slope !== 0 || !operations[op].selects);
      const contribution = passes ? upstream * slope : 0;
      if (passes) sums[at] += contribution;
      parts.push({ to, position, slope, contribution, before, after: sums[at], arrived: ++arrived[at], passes });
    });
    steps.push({ k, upstream, parts });
  }
  return { steps, gradients: entries.map(({ home }) => sums[home]) };
}

/** The comparisons of Python whose results would differ, each with its present numbers. */
function turned(branches, values) {
  const answers = {
    "<": (x, y) => x < y, "<=": (x, y) => x <= y, ">": (x, y) => x > y, ">=": (x, y) => x >= y,
    "==": (x, y) => x === y, "!=": (x, y) => x !== y, bool: x => x !== 0,
  };
  return branches
    .map(branch => ({ ...branch, now: branch.sides.map(side => (Array.isArray(side) ? side[0] : values[side])) }))
    .filter(branch => answers[branch.comparison](...branch.now) !== branch.answer);
}
