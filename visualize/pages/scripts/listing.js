// The listing beside the picture: each value with its numbers, below the user's own line of code where that is known.

const listed = new Map();

/** Make the listing, when it is opened for the first time. */
function makeListing() {
  let last = -1;
  for (const [k, { label, text, source }] of entries.entries()) {
    if (source >= 0 && source !== last) {
      const [file, number, code] = record.sources[source], line = element("td", "source", `${file}:${number} `, element("code", "", code));
      line.colSpan = 3;
      $("lines").append(element("tr", "", line));
      last = source;
    }
    const name = element("th", "", element("b", "", label), ` = ${plain(text)}`), value = element("td"), gradient = element("td"), row = element("tr", "", name, value, gradient);
    name.scope = "row";
    name.title = `${label} = ${plain(text)}`;
    row.onclick = () => visit(k, true);
    $("lines").append(row);
    listed.set(k, { row, value, gradient });
  }
}

/** Write the numbers of the current step, and mark its line. */
function drawListing() {
  if ($("listing").hidden) return;
  if (!listed.size) makeListing();
  const known = arrivals(at.position), now = currentOf(at.position);
  const text = (cell, letters) => cell.textContent === letters || (cell.textContent = letters);
  for (const [k, { row, value, gradient }] of listed) {
    const kinds = { ahead: at.position < forwardAt[k], moved: at.moved?.has(k), partial: known[k] && known[k].count < entries[k].uses, ...sought(k) };
    mark(row, "", kinds);
    text(value, kinds.ahead ? "" : brief(at.values[k]));
    text(gradient, known[k] ? brief(known[k].gradient) : "-");
    put(row, "aria-current", k === now ? "step" : "false");
  }
  const row = listed.get(now)?.row, pane = $("tools");
  if (!row) return;
  const frame = pane.getBoundingClientRect(), { top, bottom } = row.getBoundingClientRect();
  if (top < frame.top + 20 || bottom > frame.bottom - 20) pane.scrollTop += (top + bottom - frame.top - frame.bottom) / 2;
}
