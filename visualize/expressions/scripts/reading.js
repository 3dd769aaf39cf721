// Expressions as text: read into the actions of a machine with a stack, or refused with a sentence and a place.
// The forms that Python has and an expression has no place for are read, too, so that they are refused by name.

const LEXEME = new RegExp([
  "(?<number>0[xX](?:_?[\\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|(?:\\d(?:_?\\d)*\\.?(?:\\d(?:_?\\d)*)?|\\.\\d(?:_?\\d)*)(?:[eE][-+]?\\d(?:_?\\d)*)?[jJ]?)",
  "(?<text>(?:[bBfFrRuU]{0,2})(?:'[^']*'|\"[^\"]*\"))",
  `(?<name>[${LETTER}][${LETTER}\\p{M}\\p{Nd}\\p{Pc}]*)`,
  "(?<sign>\\*\\*|//|<<|>>|[<>=!:]=|\\.\\.\\.|[-+*/%<>()\\[\\]{},.:@&|^~=])",
].join("|"), "yu");
const LEVELS = [["|", "BitOr"], ["^", "BitXor"], ["&", "BitAnd"], ["<< >>", "Shift"], ["+ -", ""], ["* / // % @", ""]];
const COMPARED = ["<", ">", "==", "!=", "<=", ">="];

/** Thrown where a text cannot be read on, with the place. */
class Unreadable {
  constructor(column) {
    this.column = column;
  }
}

/** The lexemes of a text, each with its kind, its letters and its place. */
function lexemes(text) {
  const found = [];
  for (let at = 0; at < text.length;) {
    if (text[at] === " ") { at++; continue; }
    LEXEME.lastIndex = at;
    const match = LEXEME.exec(text);
    if (!match) throw new Unreadable(at);
    const [kind, letters] = Object.entries(match.groups).find(([, each]) => each !== undefined);
    at += letters.length;
    if (kind === "number" && (new RegExp(`^[${WORD}]`, "u").test(text.slice(at)) || /^0[_0]*[1-9][\d_]*$/.test(letters) || /^\d{4301}/.test(letters))) throw new Unreadable(match.index);
    found.push({ kind: kind === "name" && KEYWORDS.has(letters) ? "sign" : kind, letters, column: match.index });
  }
  return [...found, { kind: "end", letters: "", column: text.length }];
}

/** The tree of a text, by the precedences of Python. A node that has no place in an expression is a `remedy`. */
function tree(text) {
  const list = lexemes(text);
  let n = 0;
  const next = () => list[n], is = letters => next().kind === "sign" && next().letters === letters;
  const fail = () => { throw new Unreadable(list[n].column); }, take = letters => is(letters) && list[n++], need = letters => take(letters) || fail();
  const remedy = (kind, column, operands = []) => ({ remedy: kind, column, operands });

  function test() {
    const { column } = next();
    if (take("lambda")) return skipped(column);
    const body = or();
    if (!take("if")) return body;
    or();
    need("else");
    test();
    return remedy("IfExp", column);
  }
  function skipped(column) {
    while (next().kind !== "end" && !is(")")) n++;
    return remedy("", column);
  }
  const choices = (word, inner) => () => {
    const { column } = next(), first = inner();
    if (!is(word)) return first;
    while (take(word)) inner();
    return remedy("BoolOp", column);
  };
  const not = () => {
    const { column } = next();
    return take("not") ? (not(), remedy("", column)) : comparison();
  };
  const or = choices("or", choices("and", not));
  function comparison() {
    const first = binary(0), signs = [], operands = [first], { column } = next();
    while (COMPARED.some(is) || is("in") || is("is") || is("not")) {
      const { letters } = list[n++];
      if (letters === "not") need("in");
      if (letters === "is") take("not");
      signs.push(letters);
      operands.push(binary(0));
    }
    if (!signs.length) return first;
    if (!COMPARED.includes(signs[0])) return remedy("", column);
    return signs.length > 1 ? { refused: sentence("compared"), column } : { action: signs[0], column, operands };
  }
  function binary(level) {
    if (level === LEVELS.length) return factor();
    const [signs, kind] = LEVELS[level];
    let left = binary(level + 1);
    for (let sign; (sign = signs.split(" ").find(is)); ) {
      const { column } = list[n++], right = binary(level + 1);
      left = kind || sign === "@" ? remedy(kind || "MatMult", column) : { action: sign, column, operands: [left, right] };
    }
    return left;
  }
  function factor() {
    const { column } = next();
    if (take("-")) return { action: "negative", column, operands: [factor()] };
    if (take("+")) return { action: "positive", column, operands: [factor()] };
    if (take("~")) return factor(), remedy("", column);
    return power();
  }
  function power() {
    const { column: begin } = next(), waits = take("await"), base = primary(), { column } = next();
    const left = waits ? remedy("", begin) : base;
    return take("**") ? { action: "**", column, operands: [left, factor()] } : left;
  }
  function primary() {
    const { column } = next();
    let node = atom();
    for (;;) {
      if (take("(")) node = called(node, column);
      else if (take("[")) inside("]"), (node = remedy("Subscript", column));
      else if (take(".")) {
        if (next().kind !== "name") fail();
        n++;
        node = remedy("Attribute", column);
      } else return node;
    }
  }
  function called(of, column) {
    const operands = [];
    let keyword = false;
    while (!is(")")) {
      const star = next();
      if (take("**")) test(), (keyword = true);
      else if (take("*")) test(), operands.push(remedy("Starred", star.column));
      else if (star.kind === "name" && list[n + 1].letters === "=") (n += 2), test(), (keyword = true);
      else operands.push(named());
      if (!take(",")) break;
    }
    need(")");
    return { called: of, column, operands, keyword };
  }
  function named() {
    const { kind, column } = next(), value = test();
    if (kind !== "name" || value.name === undefined || !take(":=")) return value;
    test();
    return remedy("NamedExpr", column);
  }
  function inside(end) {
    for (let depth = 0; depth || !is(end); n++) {
      if (next().kind === "end") fail();
      depth += ["(", "[", "{"].some(is) - [")", "]", "}"].some(is);
    }
    n++;
  }
  function atom() {
    const { kind, letters, column } = next();
    if (kind === "end") fail();
    n++;
    if (kind === "name") return { name: letters.normalize("NFKC"), column, operands: [] };
    if (kind === "number") return /[jJ]$/.test(letters) ? remedy("", column) : { number: literal(letters), column, operands: [] };
    if (kind === "text" || ["True", "False", "None", "..."].includes(letters)) return remedy("", column);
    if (letters === "[" || letters === "{") return inside({ "[": "]", "{": "}" }[letters]), remedy("", column);
    if (letters !== "(") throw new Unreadable(column);
    if (take(")")) return remedy("", column);
    const value = take("yield") ? skipped(column) : is("*") ? (n++, test(), null) : named();
    if (!is(",") && value) return need(")"), value;
    while (take(",") && !is(")")) take("*"), named();
    need(")");
    return remedy("", column);
  }

  const { column } = next(), body = test();
  if (!is(",") && next().kind === "end") return body;
  while (take(",") && next().kind !== "end") test();
  if (next().kind !== "end") fail();
  return remedy("", column);
}

/** A number; small whole ones are marked, since they stay as they were written. */
function literal(letters) {
  const digits = letters.replaceAll("_", ""), whole = /^(?:\d+|0[xXbBoO].+)$/.test(digits);
  const number = Number(whole ? BigInt(digits) : digits);
  return { number, whole: whole && Math.abs(number) <= 2 ** 53 };
}

/** Refuse text that would be read otherwise, or with an unhelpful sentence. */
function refuseAtSight(text) {
  const [longest, deepest] = grammar.limits;
  if (!text.trim()) throw new Refusal(sentence("empty"), 0);
  if ([...text].length > longest) throw new Refusal(sentence("long", longest, [...text].length), longest);
  let depth = 0;
  for (const { index: column, 0: character } of text.matchAll(/./gsu)) {
    if (character === "#" || /[\p{C}\p{Zl}\p{Zp}]/u.test(character)) throw new Refusal(sentence("character", inAscii(character)), column);
    depth += "([{".includes(character) - ")]}".includes(character);
    if (depth > deepest) throw new Refusal(sentence("nested", deepest), column);
  }
  for (const letter of grammar.letters)
    if (text.includes(letter)) throw new Refusal(sentence("unreadable", grammar.signs[letter]), text.indexOf(letter));
}

/** A character as Python writes it in ASCII. */
function inAscii(character) {
  const code = character.codePointAt(0), hex = size => code.toString(16).padStart(size, "0");
  if (code >= 32 && code < 127) return `'${character}'`;
  return code < 256 ? `'\\x${hex(2)}'` : code < 65536 ? `'\\u${hex(4)}'` : `'\\U${hex(8)}'`;
}

/** Read an expression: its actions in the order of evaluation, and its names, in the order in which they occur. */
function read(text) {
  const flat = text.replace(/\s/g, " ");
  refuseAtSight(flat);
  let root;
  try {
    root = tree(flat);
  } catch (problem) {
    if (problem instanceof RangeError) throw new Refusal(sentence("deep"), flat.length - flat.trimStart().length);
    if (!(problem instanceof Unreadable)) throw problem;
    const [column, words] = findSlip(flat) ?? [problem.column, grammar.grammar];
    throw new Refusal(sentence("unreadable", words), column);
  }
  const work = [], stack = [root];
  while (stack.length) {
    const node = stack.pop();
    check(node);
    work.push(node);
    stack.push(...node.operands);
  }
  work.reverse();
  return { text: flat, work, names: [...new Set(work.filter(node => node.name !== undefined).map(node => node.name))] };
}

/** Refuse a node that has no place in an expression. */
function check(node) {
  const refuse = words => { throw new Refusal(words, node.column); };
  if (node.refused) refuse(node.refused);
  if (node.remedy !== undefined) refuse(sentence("misplaced", grammar.tree[node.remedy] ?? grammar.grammar));
  if (!node.called) return;
  const { name } = node.called, known = Object.hasOwn(grammar.functions, name) && grammar.functions[name], count = node.operands.length;
  if (name === undefined) refuse(sentence("called"));
  if (!known) refuse(noSuchFunction(name));
  if (node.keyword) refuse(sentence("keyword", name));
  if (count < known.least || count > (known.most ?? count)) refuse(sentence("count", name, known.counts, known.counts === "1" ? "" : "s", count));
  if (!known.ways[count]) refuse(sentence("many", name, Object.keys(known.ways).length, count));
}

/** Divide a line of the command line into the expression and the numbers of its variables: `w*x w=2 x=-1`. */
function divided(line) {
  const quoted = /^\s*(?:python3? -m autograd\s+)?"([^"]*)"(.*)$/s.exec(line), tail = new RegExp(`[\\s,;]+(${NAME})\\s*=\\s*([-+]?[\\w.+-]+)\\s*$`, "u");
  const given = new Map();
  let text = quoted ? quoted[1] + quoted[2] : line;
  for (let match; (match = tail.exec(text)); text = text.slice(0, match.index)) {
    const name = match[1].normalize("NFKC"), number = match[2].replace(/^([-+]?)inf$/i, "$1Infinity");
    if (given.has(name)) throw new Refusal(sentence("twice", name));
    if (Number.isNaN(Number(number)) && number !== "nan") throw new Refusal(sentence("no number", name, `'${match[2]}'`), match.index);
    given.set(name, Number(number));
  }
  return { text, given: new Map([...given].reverse()) };
}

/** Refuse numbers of names that an expression does not have. */
function refuseStrangers(names, given) {
  for (const name of given.keys()) {
    if (names.includes(name)) continue;
    const has = names.length ? sentence("it has", names.join(", ")) : sentence("it has none");
    throw new Refusal(sentence("unknown", name, has, names.some(other => other.includes(name)) ? sentence("joined") : ""));
  }
}
