// Slips in an expression that cannot be read, with the right form of each, as the command line knows them.

/** A text that is refused: the sentence, and the place in it. */
class Refusal extends Error {
  constructor(sentence, column = null) {
    super(sentence);
    this.column = column;
  }
}

/** A sentence of the table, with what was given in its places. */
function sentence(name, ...given) {
  let n = 0;
  return grammar.sentences[name].replace(/\{(\d?)\}/g, (_, k) => given[k === "" ? n++ : Number(k)]);
}

const LETTER = "\\p{L}\\p{Nl}_", WORD = LETTER + "\\p{M}\\p{N}\\p{Pc}";
const NUMBER = `(?<![${WORD}.])(?:\\d[\\d_]*\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?`, NAME = `[${LETTER}][${WORD}]*`;
const KEYWORDS = new Set(("False None True and as assert async await break class continue def del elif else except finally for from global if "
  + "import in is lambda nonlocal not or pass raise return try while with yield").split(" "));
const SIGN = ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "<", ">"];
const TOKEN = new RegExp(`${NUMBER}|${NAME}|\\*\\*|//|[<>=!]=|[-+*/%<>(),]| +|(.)`, "gu");

const cut = name => (name.length <= 20 ? name : name.slice(0, 19) + "…");
const all = (pattern, text) => [...text.matchAll(new RegExp(pattern, "gu"))];

/** The first slip that is known in a text that cannot be read. */
function findSlip(text) {
  const first = slips => slips.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))[0];
  return first([...signSlips(text), ...productSlips(text), ...operatorSlips(text), ...digitSlips(text)]) ?? first([...bracketSlips(text), ...operandSlips(text)]);
}

/** Signs of mathematics and of other languages. */
function signSlips(text) {
  return all(".", text.replace(/[<>=!]=/g, "  ")).filter(([sign]) => Object.hasOwn(grammar.signs, sign)).map(({ index, 0: sign }) => [index, grammar.signs[sign]]);
}

/** Numbers with a name directly behind them: 2x. */
function productSlips(text) {
  return all(`(${NUMBER})(${NAME})`, text)
    .filter(match => !KEYWORDS.has(match[2]) && !/^(?:[xXoObB][0-9a-fA-F]|_)/.test(match[2]))
    .map(match => [match.index, sentence("product", match[1], cut(match[2]))]);
}

/** Names and numbers with nothing but blanks between them: sin x. */
function operatorSlips(text) {
  return all(`(?<![${WORD}.])(${NAME}|${NUMBER}) +(?=(${NAME}|${NUMBER}))`, text)
    .filter(([, left, right]) => !KEYWORDS.has(left) && !KEYWORDS.has(right))
    .map(({ index, 1: left, 2: right }) => [index, Object.hasOwn(grammar.functions, left) ? sentence("argument", left, left, cut(right)) : sentence("operator", cut(left), cut(right))]);
}

/** Whole numbers that cannot be read. */
function digitSlips(text) {
  return all(`(?<![${WORD}.])\\d[\\d_]*(?![${WORD}.])`, text).flatMap(({ index, 0: digits }) => {
    if (digits.length > grammar.limits[2]) return [[index, sentence("digits")]];
    return /^0[_0]*[1-9]/.test(digits) ? [[index, sentence("zero")]] : [];
  });
}

/** Parentheses without their counterpart. */
function bracketSlips(text) {
  const opened = [], slips = [];
  [...text.matchAll(/[()]/g)].forEach(({ index, 0: bracket }) => {
    if (bracket === "(") opened.push(index);
    else if (opened.pop() === undefined) slips.push([index, sentence("closed")]);
  });
  return [...slips, ...opened.map(index => [index, sentence("open")])];
}

/** Operators without an operand, and operands with nothing between them: x +, x * / y, (x) y. */
function operandSlips(text) {
  const slips = [];
  let before = "(", at = 0;
  for (const { index, 0: token, 1: other } of (text + ")").matchAll(TOKEN)) {
    if (other !== undefined || KEYWORDS.has(token)) return [];
    if (token.startsWith(" ")) continue;
    const opens = before === "(" || before === "," || SIGN.includes(before);
    if (SIGN.includes(before) && (token === "," || token === ")")) slips.push([at, sentence("after", before)]);
    else if (opens && (token === "," || (SIGN.includes(token) && token !== "+" && token !== "-"))) slips.push([index, sentence("before", token)]);
    else if (before === ")" && !SIGN.includes(token) && !",()".includes(token)) slips.push([at, sentence("behind")]);
    [before, at] = [token, index];
  }
  return slips;
}

// --- Functions of other names ---

function noSuchFunction(name) {
  const close = closest(name.slice(0, grammar.limits[2])), called = cut(name);
  const hint = (Object.hasOwn(grammar.elsewhere, name) && grammar.elsewhere[name]) || (close && sentence("close", close));
  return sentence("no function", called, hint || sentence("variable", called));
}

/** The function whose name is most alike; none, if fewer than six tenths of the letters agree. */
function closest(name) {
  const rated = grammar.names.map(each => [(2 * common(each, name)) / (each.length + name.length), each]).filter(([ratio]) => ratio >= 0.6);
  return rated.sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1))[0]?.[1];
}

/** The letters in the longest common block of two texts, and in those before and behind it. */
function common(a, b) {
  let best = 0, i = 0, j = 0;
  for (let m = 0; m < a.length; m++)
    for (let n = 0; n < b.length; n++) {
      let size = 0;
      while (m + size < a.length && n + size < b.length && a[m + size] === b[n + size]) size++;
      if (size > best) [best, i, j] = [size, m, n];
    }
  return best && best + common(a.slice(0, i), b.slice(0, j)) + common(a.slice(i + best), b.slice(j + best));
}
