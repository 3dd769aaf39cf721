// Descent: steps of gradient descent on the parameters, the loss over the steps, and the boundary between the points of data.

const parameters = leaves.filter(k => entries[k].role === "parameter"), moving = parameters.length ? parameters : leaves;
const data = record.data && { ...record.data, rows: record.data.rows.map(row => row.map(numberOf)) };
const losses = [];

/** The loss and its gradients by the leaves that move: of the program as it is, or the means over the points of data. */
function slopesOfLoss() {
  if (!data) return { loss: at.values[results[0]], gradients: moving.map(k => at.gradients[k]) };
  const given = Object.fromEntries(leaves.map(k => [k, at.values[k]])), sums = moving.map(() => 0);
  let loss = 0;
  for (const row of data.rows) {
    data.leaves.forEach((k, n) => { given[k] = row[n]; });
    const { values, slopes } = evaluate(entries, given), { gradients } = reverse(entries, slopes, results);
    loss += values[results[0]] / data.rows.length;
    moving.forEach((k, n) => { sums[n] += gradients[k] / data.rows.length; });
  }
  return { loss, gradients: sums };
}

/** A step of gradient descent on the parameters, or on all leaves if there are no parameters. Returns the loss. */
function descend(rate) {
  const { loss, gradients } = slopesOfLoss();
  if (!losses.length) losses.push(loss);
  change(new Map(moving.map((k, n) => [k, at.values[k] - rate * gradients[n]])));
  losses.push(slopesOfLoss().loss);
  drawDescent();
  return losses.at(-1);
}

const rate = () => 10 ** Number($("rate").value);

function drawDescent() {
  $("rated").textContent = brief(rate(), 2);
  if ($("descent").hidden) return;
  const all = losses.length ? losses : [slopesOfLoss().loss], finite = all.filter(Number.isFinite);
  const place = plot($("losses"), [0, Math.max(1, all.length - 1)], [Math.min(0, ...finite), Math.max(...finite)]);
  $("losses").append(line(place, all.map((loss, n) => [n, loss]), "line"));
  $("losses").setAttribute("aria-label", `The loss over ${all.length - 1} steps`);
  $("loss").textContent = `loss ${brief(all.at(-1))} after ${all.length - 1} steps`;
  if (data) drawBoundary($("boundary"));
}

/** The plane of the first two leaves of the data, in two colours by the side on which the prediction is. */
function drawBoundary(svg) {
  const [x, y] = data.leaves, ranges = [0, 1].map(n => {
    const numbers = data.rows.map(row => row[n]), low = Math.min(...numbers), high = Math.max(...numbers), room = (high - low || 1) / 8;
    return [low - room, high + room];
  });
  const cells = 24, given = Object.fromEntries(leaves.map(k => [k, at.values[k]])), place = plot(svg, ...ranges);
  const [[left, right], [low, high]] = ranges, dx = (right - left) / cells, dy = (high - low) / cells;
  const [x0, y0] = place(left, high), [x1, y1] = place(left + dx, high - dy);
  for (let n = 0; n < cells * cells; n++) {
    given[x] = left + ((n % cells) + 0.5) * dx;
    given[y] = high - (Math.floor(n / cells) + 0.5) * dy;
    const above = evaluate(entries, given).values[data.prediction] > data.level, width = x1 - x0, height = y1 - y0;
    if (above) svg.append(drawn("rect", { x: Number(x0) + (n % cells) * width, y: Number(y0) + Math.floor(n / cells) * height, width: width + 0.3, height: height + 0.3, class: "above" }));
  }
  for (const row of data.rows) {
    const [cx, cy] = place(row[0], row[1]);
    svg.append(drawn("circle", { cx, cy, r: 3, class: row[2] > data.level ? "one" : "other" }));
  }
  svg.setAttribute("aria-label", `The points over ${entries[x].label} and ${entries[y].label}, and the side on which the prediction is above ${brief(data.level)}`);
}

/** Start taking steps automatically, or stop. */
function train(on) {
  clearInterval(at.training);
  at.training = on && setInterval(() => descend(rate()), 120);
  $("train").textContent = on ? "Stop" : "Play";
  $("train").setAttribute("aria-pressed", Boolean(on));
}

$("descend").onclick = () => { train(false); descend(rate()); };
$("train").onclick = () => train(!at.training);
$("rate").oninput = drawDescent;
$("boundary").toggleAttribute("hidden", !data);
