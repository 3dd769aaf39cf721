// The boxes of a picture: their lines of text, measured as the pictures of Python are, and their shapes.

const NORMAL = 14, SMALL = 11, ASCENT = 0.95, DESCENT = 0.25, WIDE = 40; // points; WIDE are characters of a line
const BESIDE = 6, ABOVE = 4, BORDERS = 3.5; // between a text and its box, and between the two borders of a result
const ROOMY = "tangent -888.8"; // a box has room for this line, so that it keeps its size while its numbers change
const WIDTHS = Object.fromEntries([..."so far grad data of 0123456789+-.e inf nan"].map(letter => [letter, width(letter, SMALL)]));

/** The width of a text in Helvetica, in points. */
function width(text, size, bold = false) {
  let sum = 0;
  for (const letter of text) sum += measures[bold ? 1 : 0][letter] ?? measures[bold ? 1 : 0][letter.normalize("NFD")[0]] ?? otherWidth(letter);
  return (sum * size) / 1000;
}

/** The width of a letter that Helvetica lacks, by its category. */
function otherWidth(letter) {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(letter)) return 0;
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(letter)) return 1000;
  return /\p{Ll}/u.test(letter) ? 556 : /\p{Lu}/u.test(letter) ? 722 : 720;
}

const run = (text, kind, size = NORMAL) => ({ text, kind, size });
const widthOf = piece => width(piece.text, piece.size, piece.kind.includes("b"));

/** The lines of a box: its name and operation, its number, its gradient. */
function linesOf({ label, role, op }, operands) {
  const title = op === null ? [[run(label, "t b")]] : broken([[run(label, "t b"), run(" = ", "t")], ...expressionOf(grammar.rows[op], operands)]);
  if (op === null) title[0].push(run(" input", "s", SMALL));
  return [...title, [run("data ", "c", SMALL), run("-", "n", SMALL)], [run("grad ", "c", SMALL), run("-", "n g", SMALL)]];
}

/** An operation in the parts between which a line may end; a constant is marked. */
function expressionOf(row, operands) {
  const marked = operands.map((x, n) => (x.text ? `\0${n}\0` : "")), text = writtenRow(row, marked);
  return text.split(/(?<=, )|(?<= [-+*/@%] )/).map(part => part.split("\0").flatMap((piece, n) => {
    if (n % 2) return [run(operands[piece].text, operands[piece].constant ? "t i" : "t")];
    return piece ? [run(piece, "t")] : [];
  }));
}

/** Parts one after another, on a new line where a part would make the line too long. */
function broken(parts) {
  const lines = [];
  let length = 0;
  for (const part of parts) {
    const added = part.reduce((sum, piece) => sum + [...piece.text].length, 0);
    if (!lines.length || (length && length + added > WIDE)) lines.push([...part]), (length = added);
    else lines.at(-1).push(...part), (length += added);
  }
  return lines;
}

/** The size of a box, in whole points. */
function sizeOf(role, lines) {
  const border = role === "output" ? BORDERS : 0, even = x => 2 * Math.ceil(x / 2);
  const across = Math.max(width(ROOMY, SMALL), ...lines.map(line => line.reduce((sum, piece) => sum + widthOf(piece), 0)));
  return [even(across + 2 * (BESIDE + border)), even(lines.reduce((sum, line) => sum + heightOf(line), 0) + 2 * (ABOVE + border))];
}

const heightOf = line => Math.max(...line.map(piece => piece.size)) * (ASCENT + DESCENT);
const coordinate = x => String(Math.round(x * 10) / 10 || 0);

/** An element of the picture, as text. */
function tag(name, attributes, content = "") {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === "number" ? coordinate(value) : escaped(value)}"`);
  return `<${name}${written.join("")}>${content}</${name}>`;
}
const escaped = text => text.replace(/[&<>"]/g, letter => `&#${letter.charCodeAt(0)};`);

/** A box with its text. */
function boxOf(id, role, lines, [x, y], [wide, high]) {
  const left = x - wide / 2, top = y - high / 2, border = role === "output" ? BORDERS : 0, rx = role === "input" ? {} : { rx: 7 };
  let shapes = tag("rect", { x: left, y: top, width: wide, height: high, ...rx });
  if (border) shapes += tag("rect", { x: left + border, y: top + border, width: wide - 2 * border, height: high - 2 * border, rx: 7 - border });
  let base = top + border + ABOVE;
  for (const line of lines) {
    let begin = left + border + BESIDE;
    base += Math.max(...line.map(piece => piece.size)) * ASCENT;
    for (const piece of merged(line)) {
      const text = piece.text.trim(), before = width(" ", piece.size, piece.kind.includes("b")) * (piece.text.length - piece.text.trimStart().length);
      shapes += tag("text", { x: begin + before, y: base, textLength: width(text, piece.size, piece.kind.includes("b")), class: piece.kind }, escaped(text));
      begin += widthOf(piece);
    }
    base += Math.max(...line.map(piece => piece.size)) * DESCENT;
  }
  return tag("g", { id, class: role }, shapes);
}

/** Neighbours of the same look become one run. */
function merged(line) {
  const found = [];
  for (const piece of line) {
    if (found.length && found.at(-1).kind === piece.kind) found.at(-1).text += piece.text;
    else found.push({ ...piece });
  }
  return found;
}
