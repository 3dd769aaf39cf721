// Search: the matches are marked in the picture and in the listing; Enter goes from one to the next.

const matches = { all: new Set(), order: [], n: -1 };

/** The marks of a value that is found. */
const sought = k => ({ found: matches.all.has(k), sought: matches.order[matches.n] === k });

/** Find the values whose names have a text in them; without any, those whose operations have it. */
function find() {
  const text = $("search").value.trim().toLowerCase(), all = entries.map((entry, k) => k);
  const having = of => all.filter(k => text && of(entries[k]).toLowerCase().includes(text));
  const named = having(entry => entry.label), order = named.length ? named : having(entry => plain(entry.text));
  const same = k => entries[k].label.toLowerCase() === text;
  Object.assign(matches, { all: new Set(order), order: [...order.filter(same), ...order.filter(k => !same(k))], n: -1 });
  $("matches").textContent = $("status").textContent = text && (order.length ? `${order.length} found` : "none found");
  paint(at.position);
  redraw();
}

/** Go on to another match, and say which it is. */
function match(by) {
  const { order, n } = matches, count = order.length;
  if (!count) return;
  matches.n = n < 0 ? 0 : (n + by + count) % count;
  const k = order[matches.n];
  at.open?.(k);
  paint(at.position);
  redraw();
  reveal(undefined, k);
  $("matches").textContent = $("status").textContent = `${matches.n + 1} of ${count}: ${boxOf(k).getAttribute("aria-label")}`;
}

$("search").oninput = find;
$("search").onkeydown = event => {
  if (event.key === "Enter") match(event.shiftKey ? -1 : 1);
  if (event.key !== "Escape") return;
  const k = matches.order[matches.n];
  $("search").value = "";
  find();
  if (k === undefined) stage.focus();
  else boxOf(k).focus({ preventScroll: true });
};
