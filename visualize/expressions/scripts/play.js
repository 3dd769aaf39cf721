// The line: an expression is read as it is typed, built, laid out, and shown by the scripts of an ordinary page.

const DEFAULTS = [2, 3, -1, 0.5, 4, 1.5, -2], LARGEST = 150; // numbers of new variables; values of a picture
const line = $("expression"), shown = { text: "", numbers: new Map(), kept: new Map(), upright: null, leave: () => {} };

/** The numbers of the variables: those given, those they had before, or others to begin with. */
function numbersOf(names, given) {
  const variables = names.filter(name => given.has(name) || !Object.hasOwn(grammar.constants, name));
  return new Map(variables.map((name, n) => [name, given.get(name) ?? shown.kept.get(name) ?? DEFAULTS[n % DEFAULTS.length]]));
}

/** Read a line: its expression, the numbers of its variables, and the record of its page. Refuses what cannot be read. */
function draft(text, known = new Map()) {
  const { text: expression, given } = divided(text), reading = read(expression);
  refuseStrangers(reading.names, given);
  const numbers = numbersOf(reading.names, new Map([...[...known].filter(([name]) => reading.names.includes(name)), ...given]));
  const built = recordOf(reading, numbers), count = built.values.rows.length;
  if (count > LARGEST) throw new Refusal(`this page draws up to ${LARGEST} values, and this expression has ${count}; give a part of it`, 0);
  return { text: reading.text.trim(), numbers, built };
}

/** Read a line and show it; `known` are the numbers of a link. */
function build(text, known = new Map(), position = null) {
  keep();
  const { built, ...read } = draft(text, known);
  Object.assign(shown, read);
  for (const [name, x] of read.numbers) shown.kept.set(name, x);
  document.title = `${read.text}, step by step`;
  present(built, position);
}

/** Note the numbers as the reader has changed them, for this expression and for the next with these names. */
function keep() {
  for (const name of shown.numbers.keys()) {
    shown.numbers.set(name, window.stepgrad.value(labelled(name)));
    shown.kept.set(name, shown.numbers.get(name));
  }
}

/** Show a record: fill in the page anew, and let its scripts run in a room of their own. */
function present(built, position) {
  const tools = [...document.querySelectorAll("#page [aria-expanded=true]")].map(button => button.id);
  shown.leave();
  shown.upright = innerWidth < 720;
  const picture = pictureOf(built, shown.upright), { columns, rows } = built.values, computed = rows.filter(row => row[columns.indexOf("op")] !== null).length;
  const items = "<li></li>".repeat(computed), parts = {
    heading: "", count: `${rows.length} values`, width: picture.width, height: picture.height, picture: picture.content,
    computed, last: 2 * computed + 1, start: "", forward: items, backward: items, end: "", record: "",
  };
  $("page").innerHTML = page.replace(/\$(\w+)/g, (_, name) => parts[name]);
  $("record").textContent = JSON.stringify(built);
  for (const shape of ["wide", "tall"]) document.body.classList.toggle(shape, (shape === "wide") === picture.width > 1.2 * picture.height);
  Object.assign(shown, { built, position: position ?? 2 * computed + 1 });
  shown.leave = enter(shown.position);
  Object.assign(window.stepgrad, { type, draft: drafted });
  for (const tool of tools) $(tool)?.click();
  shrink();
}

/** Show a picture that is a little too large for its place as a whole; a larger one stays large enough to be read. */
function shrink() {
  const { clientWidth: wide, clientHeight: high } = $("stage"), { width, height } = $("picture").viewBox.baseVal, shown = $("picture").getBoundingClientRect();
  const room = Math.min((wide - 24) / width, (high - 24) / height);
  if (room > 0.7 && (shown.width > wide || shown.height > high)) $("fit").click();
}
$("page").addEventListener("click", ({ target }) => target.matches("#page [aria-expanded]") && shrink());

/** Run the scripts of the page; what they start and listen to ends when the returned function is called. */
function enter(position) {
  const controller = new AbortController(), { signal } = controller, timers = [], frames = [], observers = [], sheets = [...document.head.querySelectorAll("style")];
  pageScripts({
    addEventListener: (kind, action) => kind !== "hashchange" && addEventListener(kind, action, { signal }),
    setTimeout: (...given) => timers[timers.push(setTimeout(...given)) - 1],
    setInterval: (...given) => timers[timers.push(setInterval(...given)) - 1],
    requestAnimationFrame: action => frames[frames.push(requestAnimationFrame(action)) - 1],
    ResizeObserver: class extends ResizeObserver {
      constructor(action) {
        super(action);
        observers.push(this);
      }
    },
    location: { protocol: location.protocol, hash: `#step=${position}` },
    history: { replaceState: (_, __, hash) => { shown.position = Number(/\d+/.exec(hash)[0]); address(); } },
  });
  return () => {
    controller.abort();
    timers.forEach(clearTimeout);
    frames.forEach(cancelAnimationFrame);
    observers.forEach(observer => observer.disconnect());
    for (const sheet of document.head.querySelectorAll("style")) if (!sheets.includes(sheet)) sheet.remove();
  };
}

// --- For tests, and for pages that embed this one ---

/** Type a line and show it. */
function type(text) {
  line.value = text;
  typed(0);
}

/** What would be shown of a line: the record of the page, its gradients and its layout; or the sentence that refuses it. */
function drafted(text, upright = false) {
  try {
    const { built } = draft(text), { columns, rows } = built.values, at = name => rows.map(row => row[columns.indexOf(name)]);
    const entries = at("op").map((op, k) => ({ op, inputs: at("inputs")[k], home: k })), slopes = at("slopes").map(row => row.map(numberOf));
    return { record: built, gradients: reverse(entries, slopes, built.results).gradients.map(jsonNumber), names: at("op").map(op => grammar.rows[op]?.name ?? null), picture: { ...pictureOf(built, upright), content: "" } };
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    return { refused: problem.message, column: problem.column };
  }
}

// --- Typing ---

/** Show what is in the line; a refusal is said under it, at once or when the reader pauses. */
function typed(pause) {
  clearTimeout(shown.waiting);
  try {
    build(line.value);
    say(null);
    shown.waiting = setTimeout(tell, pause + 300);
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    document.body.classList.add("stale");
    shown.waiting = setTimeout(say, pause, problem);
  }
  for (const chip of $("examples").children) chip.setAttribute("aria-pressed", chip.dataset.line.startsWith(`${line.value.trim()} `));
}

/** Say the value and the gradients, for those who do not see the picture. */
function tell() {
  const { value, gradient } = window.stepgrad, { of } = shown.built;
  const slopes = [...shown.numbers.keys()].map(name => `d${of}/d${labelled(name)} = ${brief(gradient(labelled(name)))}`);
  $("status").textContent = [`${of} = ${brief(value(of))}`, ...slopes].join(", ");
}

function say(problem) {
  document.body.classList.toggle("stale", problem !== null);
  line.setAttribute("aria-invalid", problem !== null);
  $("problem").replaceChildren();
  if (problem === null) return;
  const { message, column } = problem, made = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  $("problem").append(made("span", message[0].toUpperCase() + message.slice(1)));
  if (column === null || !line.value.trim()) return;
  const text = line.value, from = Math.max(0, column - 24), code = made("code", from ? "…" : "");
  code.append(text.slice(from, column), made("mark", text[column] ?? " "), text.slice(column + 1, column + 24), column + 24 < text.length ? "…" : "");
  $("problem").append(code);
}

for (const [name, text] of Object.entries(examples)) {
  const chip = Object.assign(document.createElement("button"), { type: "button", textContent: name });
  chip.dataset.line = text;
  chip.onclick = () => {
    const { text: expression, given } = divided(text);
    line.value = expression;
    for (const [name, x] of given) shown.kept.set(name, x);
    shown.numbers = new Map();
    typed(0);
  };
  $("examples").append(chip);
}
line.oninput = () => typed(700);
$("typed").onsubmit = event => {
  event.preventDefault();
  typed(0);
  if (!document.body.classList.contains("stale")) line.value = shown.text;
};
$("functions").textContent = grammar.names.join(", ");

// --- The address: the expression, the step, and all numbers ---

function address() {
  if (location.protocol === "about:") return;
  history.replaceState(null, "", linked());
}

function linked() {
  keep();
  const numbers = [...shown.numbers].map(([name, x]) => `&${encodeURIComponent(name)}=${x}`).join("");
  return `#${encodeURIComponent(shown.text)}&step=${shown.position}${numbers}`;
}

/** Show what the address says, or what the page was made for. */
function follow() {
  const [text, ...rest] = location.hash.slice(1).split("&"), position = /^step=(\d+)$/.exec(rest[0])?.[1], numbers = rest.slice(position ? 1 : 0), known = new Map();
  for (const each of numbers) {
    const [name, x] = each.split("=").map(decodeURIComponent);
    if (x && (x === "NaN" || !Number.isNaN(Number(x)))) known.set(name, Number(x));
  }
  const from = text ? { text: decodeURIComponent(text), given: known } : divided(opening);
  line.value = from.text;
  try {
    build(from.text, from.given, position ? Number(position) : null);
    say(null);
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    if (!shown.text) build(opening);
    say(problem);
  }
}

$("link").onclick = async () => {
  const text = $("link").textContent, url = location.href.split("#")[0] + linked();
  try {
    await navigator.clipboard.writeText(url);
    $("link").textContent = "Copied";
  } catch {
    $("problem").textContent = url;
  }
  setTimeout(() => { $("link").textContent = text; }, 1500);
};

addEventListener("keydown", event => {
  if (event.key !== "/" || event.target.matches("input, select")) return;
  event.preventDefault();
  line.select();
});
addEventListener("hashchange", follow);
addEventListener("resize", () => {
  if (shown.upright === innerWidth < 720) return void setTimeout(shrink, 100); // when the page has fitted it
  keep();
  present(recordOf(read(shown.text), shown.numbers), shown.position);
});
$("link").hidden = location.protocol === "about:"; // a page inside another one has no address of its own
new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--head", `${target.offsetHeight}px`)).observe($("typed"));
follow();
