// Curves: a value over a range of one leaf, with its tangent, whose slope is the gradient, and their difference.

const PLOT = { width: 300, height: 170, left: 52, bottom: 20, edge: 6 };
const drawn = (name, attributes, text) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};

/** A plot: the frame with its numbers, and `place`, which maps a point to its place in the plot. */
function plot(svg, [left, right], [low, high]) {
  if (!(high > low)) [low, high] = [low - 1, high + 1];
  const { width, height, left: margin, bottom, edge } = PLOT;
  const x = value => margin + ((value - left) / (right - left || 1)) * (width - margin - edge);
  const y = value => edge + ((high - value) / (high - low)) * (height - bottom - edge);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    drawn("rect", { x: margin, y: edge, width: width - margin - edge, height: height - bottom - edge, class: "frame" }),
    drawn("text", { x: margin, y: height - 5 }, brief(left, 3)),
    drawn("text", { x: width - edge, y: height - 5, class: "end" }, brief(right, 3)),
    drawn("text", { x: margin - 4, y: edge + 10, class: "end" }, brief(high, 3)),
    drawn("text", { x: margin - 4, y: height - bottom, class: "end" }, brief(low, 3)),
  );
  return (a, b) => [x(a).toFixed(1), Math.max(-1e4, Math.min(1e4, y(b))).toFixed(1)];
}

/** A line through points; it is broken where a point is not finite. */
function line(place, points, kind) {
  const parts = points.map(([x, y], n) => {
    if (!Number.isFinite(y)) return "";
    return (n && Number.isFinite(points[n - 1][1]) ? "L" : "M") + place(x, y).join();
  });
  return drawn("path", { d: parts.join("") || "M0,0", class: kind });
}

/** A value of the program where one leaf has another number. */
const valueAt = (k, leaf, x) => evaluate(entries, Object.fromEntries(leaves.map(each => [each, each === leaf ? x : at.values[each]]))).values[k];

/** Draw the chosen curve for the present numbers. */
function drawCurve() {
  if ($("curve").hidden) return;
  const leaf = Number($("over").value), k = Number($("shown").value), x = at.values[leaf], y = at.values[k];
  const span = 30 * unit(leaf), slope = reverse(entries, evaluate(entries, at.values).slopes, [k]).gradients[leaf];
  const points = Array.from({ length: 61 }, (_, n) => x + (n / 30 - 1) * span).map(each => [each, valueAt(k, leaf, each)]);
  const finite = points.map(point => point[1]).filter(Number.isFinite), place = plot($("plot"), [x - span, x + span], [Math.min(...finite), Math.max(...finite)]);
  const tangent = [[x - span, y - slope * span], [x + span, y + slope * span]];
  const [cx, cy] = place(x, y);
  $("plot").append(line(place, tangent, "tangent"), line(place, points, "line"), drawn("circle", { cx, cy, r: 4 }));
  const { label } = entries[k], name = entries[leaf].label;
  $("plot").setAttribute("aria-label", `${label} over ${name}; at ${brief(x)} it is ${brief(y)}, with the slope ${brief(slope)}`);
  $("slope").textContent = `d${label}/d${name} = ${brief(slope)}`;
  const rows = [1, 2, 4, 8].map(part => {
    const step = span / 10 / part, actual = valueAt(k, leaf, x + step) - y;
    return [step, slope * step, actual, actual - slope * step];
  });
  $("remainders").replaceChildren(...rows.map(row => element("tr", "", ...row.map(number => element("td", "", brief(number, 3))))));
}

const choice = (select, ks) => $(select).append(...ks.map(k => Object.assign(element("option", "", entries[k].label), { value: k })));
choice("over", leaves);
choice("shown", order.length ? order : leaves);
$("shown").value = results[0];
for (const each of ["over", "shown"]) $(each).onchange = drawCurve;
