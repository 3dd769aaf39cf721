// Formulas: the derivatives of a row on the names and numbers of an operation, simplified and written as in Python.

/** A name, or a row applied to names, numbers and other formulas. */
class Formula {
  constructor(head, ...parts) {
    this.head = head;
    this.parts = parts;
  }
}

const isFormula = x => x instanceof Formula, isNumber = (x, number) => !isFormula(x) && Number(x) === number;
const DIVIDED_BY_ZERO = Symbol("arithmetic among constants");

/** Arithmetic on formulas and numbers: what changes nothing is left out. */
const arithmetic = {
  add: (x, y) => (isNumber(x, 0) ? y : isNumber(y, 0) ? x : new Formula("add", x, y)),
  sub: (x, y) => (isNumber(y, 0) ? x : isNumber(x, 0) ? arithmetic.neg(y) : new Formula("sub", x, y)),
  mul(x, y) {
    if (isNumber(x, 0) || isNumber(y, 0)) return 0;
    if (isNumber(x, 1) || isNumber(y, 1)) return isNumber(x, 1) ? y : x;
    if (isNumber(x, -1) || isNumber(y, -1)) return negated(isNumber(x, -1) ? y : x);
    if (isFormula(x) && x.head === "neg") return negated(product(x.parts[0], y));
    if (!isFormula(y)) [x, y] = [y, x];
    if (y.head === "neg") return negated(product(x, y.parts[0]));
    return y.head === "div" && isNumber(y.parts[0], 1) ? quotient(x, y.parts[1]) : new Formula("mul", x, y);
  },
  div(x, y) {
    if (!isFormula(x)) return new Formula("div", x, y);
    if (isNumber(y, 1)) return x;
    return x.head === "neg" ? negated(quotient(x.parts[0], y)) : new Formula("div", x, y);
  },
  floordiv: (x, y) => new Formula("floordiv", x, y),
  neg: x => (x.head === "neg" ? x.parts[0] : new Formula("neg", x)),
};
const onNumbers = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, neg: x => -x, less: (x, y) => x < y, equal: (x, y) => x === y,
  sign: x => Math.sign(x), maximum: Math.max, abs: Math.abs, floordiv: (x, y) => Math.floor(nonzero(x, y)), div: (x, y) => nonzero(x, y),
};
function nonzero(x, y) {
  if (y === 0) throw DIVIDED_BY_ZERO;
  return x / y;
}
const negated = x => combined("neg", x), product = (x, y) => combined("mul", x, y), quotient = (x, y) => combined("div", x, y);

/** A head of a tree applied to formulas and numbers. */
function combined(head, ...parts) {
  if (!parts.some(isFormula) && onNumbers[head]) return onNumbers[head](...parts);
  return (shaped[head] ?? arithmetic[head] ?? ((...all) => new Formula(head, ...all)))(...parts);
}

const TIES = new Formula("name", "ties");
const shaped = {
  power: (base, exponent) => (isNumber(exponent, 0) ? 1 : isNumber(exponent, 1) ? base : new Formula("pow", base, exponent)),
  where: (condition, x, y) => (!isFormula(condition) ? (condition ? x : y) : x === y ? x : new Formula("where", condition, x, y)),
  centred: (k, ...xs) => combined("sub", xs[k], new Formula("mean", ...xs)),
  ties: (k, ...xs) => new Formula("where", new Formula("equal", xs[k], xs.at(-1)), new Formula("div", 1, TIES), 0),
};

/** A tree of a row, on the arguments and the result. */
function grown(tree, operands, result) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return tree === "z" ? result : operands[Number(tree)];
  const [head, ...parts] = tree, positions = ["centred", "softmax", "ties"].includes(head);
  return combined(head, ...parts.map((part, n) => (positions && !n ? part : grown(part, operands, result))));
}

/** The derivatives of an operation: its operands are names, or numbers. */
function derivatives(row, operands, result) {
  const given = operands.map(x => (typeof x === "string" ? new Formula("name", x) : x)), name = new Formula("name", result);
  const grow = all => row.slopes.map(tree => grown(tree, all, name));
  try {
    return grow(given);
  } catch (problem) {
    if (problem !== DIVIDED_BY_ZERO) throw problem;
    return grow(given.map(x => (isFormula(x) ? x : new Formula("constant", brief(x)))));
  }
}

// --- Writing ---

const [CHOICE, COMPARISON, SUM, PRODUCT, SIGNED, POWER, ATOM] = [0, 1, 2, 3, 4, 5, 6], SHOWN = 6;
const looseness = head => grammar.loose[head] ?? ATOM;

/** A formula as text, in parentheses if it binds less tightly than its surroundings. */
function at(x, binding = CHOICE) {
  const [text, own] = textOf(x);
  return own >= binding ? text : `(${text})`;
}

function textOf(x) {
  if (!isFormula(x)) return [brief(x), brief(x).startsWith("-") ? SIGNED : ATOM];
  if (typeof x.parts[0] === "string") return [x.parts[0], ATOM];
  return writers[x.head] ? [writers[x.head](x), looseness(x.head)] : asCall(x);
}

/** A row in its notation. */
function asCall({ head, parts }) {
  const before = grammar.listed[head], pattern = grammar.notations[head];
  const operands = before === undefined ? parts.map(x => at(x)) : [...parts.slice(0, before).map(x => at(x)), elements(parts.slice(before))];
  const isCall = /^\w+\([^()]*\)(\[[^()]*\])?$/.test(pattern);
  return [notation(pattern, operands, before), isCall ? ATOM : CHOICE];
}

/** A notation with its operands in their places. */
const notation = (pattern, operands, listed) => pattern.replace(/\{(\*|\d+)\}/g, (_, k) => (k === "*" ? operands.slice(listed ?? 0).join(", ") : operands[k]));

function elements(xs) {
  const [shown, remark] = shortened(xs), texts = shown.map(x => at(x));
  if (remark) texts.splice(-1, 0, remark);
  return texts.join(", ");
}

/** The items that are written, and the remark that stands before the last one. */
function shortened(items) {
  const left = items.length - SHOWN;
  return left <= 0 ? [items, ""] : [[...items.slice(0, SHOWN - 1), items.at(-1)], `… ${left} more …`];
}

function raised(base, exponent) {
  const plain = at(exponent);
  return /^-?\d+$/.test(plain) ? base + [...plain].map(c => grammar.superscript[c]).join("") : `${base}^${at(exponent, ATOM)}`;
}

/** The terms of nested sums with their signs, from left to right. */
function terms(x, sign = 1) {
  if (isFormula(x) && (x.head === "add" || x.head === "sub")) return [...terms(x.parts[0], sign), ...terms(x.parts[1], x.head === "add" ? sign : -sign)];
  return isFormula(x) && x.head === "neg" ? terms(x.parts[0], -sign) : [[sign, x]];
}

/** The factors of nested products, from left to right, and the sign before them. */
function factors(x) {
  if (isFormula(x) && x.head === "neg") return factors(x.parts[0]).map(([sign, each], n) => [n ? sign : -sign, each]);
  return isFormula(x) && x.head === "mul" ? x.parts.flatMap(factors) : [[1, x]];
}

function writeSum(x) {
  const [shown, remark] = shortened(terms(x)), texts = shown.map(([sign, term]) => {
    const text = at(term, PRODUCT), negative = sign < 0 !== text.startsWith("-");
    return `${negative ? "-" : "+"} ${text.replace(/^-/, "")}`;
  });
  if (remark) texts.splice(-1, 0, `+ ${remark}`);
  texts[0] = texts[0].replace("- ", "-").replace(/^\+ /, "");
  return texts.join(" ");
}

function writeProduct(x) {
  const every = factors(x), sign = every.reduce((all, [each]) => all * each, 1), [shown, remark] = shortened(every.map(([, each]) => each));
  const binding = every.length > 1 ? SIGNED : PRODUCT, powers = new Map();
  for (const factor of shown) powers.set(at(factor, binding), [factor, (powers.get(at(factor, binding))?.[1] ?? 0) + 1]);
  const texts = [...powers].map(([text, [factor, count]]) => (count === 1 ? text : raised(at(factor, ATOM), count)));
  for (let n = 1; n < texts.length; n++) if (texts[n].startsWith("-")) texts[n] = `(${texts[n]})`;
  if (remark) texts.splice(-1, 0, remark);
  return sign < 0 ? `-${texts.join("·")}`.replace("--", "") : texts.join("·");
}

/** A part of a stacked fraction: its parentheses stand in a line alone. */
function stackedPart(x, binding) {
  const [text, own] = textOf(x);
  return own >= binding ? text : `\x05${text}\x06`;
}
const fractionOf = (above, below) => `\x02${above}\x03${below}\x04`;

const writers = {
  add: writeSum, sub: writeSum, mul: writeProduct, neg: writeProduct,
  div({ parts }) {
    const above = stackedPart(parts[0], PRODUCT);
    return (above.startsWith("-") ? "-" : "") + fractionOf(above.replace(/^-/, ""), stackedPart(parts[1], SIGNED));
  },
  floordiv: ({ parts }) => `${at(parts[0], PRODUCT)} // ${at(parts[1], POWER)}`,
  mod: ({ parts }) => `${at(parts[0], PRODUCT)} % ${at(parts[1], POWER)}`,
  pow: ({ parts }) => raised(at(parts[0], ATOM), parts[1]),
  sqrt: ({ parts }) => `√${at(parts[0], ATOM)}`,
  abs: ({ parts }) => `|${at(parts[0])}|`,
  less: ({ parts: [small, large] }) => (isFormula(small) ? `${at(small, SUM)} < ${at(large, SUM)}` : `${at(large, SUM)} > ${at(small, SUM)}`),
  equal: ({ parts }) => `${at(parts[0], SUM)} = ${at(parts[1], SUM)}`,
  where: ({ parts: [condition, yes, no] }) => `${at(yes, COMPARISON)} if ${at(condition, COMPARISON)} else ${at(no)}`,
};

/** A formula as the right factor of a product. */
function asFactor(x) {
  return (isFormula(x) ? grammar.loose[x.head] ?? PRODUCT : PRODUCT) < PRODUCT ? `(${at(x)})` : signed(at(x));
}
