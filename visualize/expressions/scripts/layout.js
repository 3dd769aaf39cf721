// The layout of a small graph in layers: a box stands behind its arguments, an arrow leads from layer to layer.
// An arrow over several layers holds a place in each of those between, so that it passes no box.

const APART = 20, BETWEEN = 30, PASSAGE = 10, MARGIN = 8, TIP = 7; // points; TIP is the length of an arrow head
const LABEL = [44, 14]; // the room of a local derivative
const FRACTIONS = [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.14, 0.86]; // of an arrow, where its label may stand

// The places of boxes and the ways of arrows. `sizes` are those of the boxes, in the order of the program; `arrows` have
// a `source` and a `target`; `upright` leads from top to bottom instead of from left to right.
function laidOut(sizes, arrows, upright) {
  const turned = ([x, y]) => (upright ? [y, x] : [x, y]);
  const extents = sizes.map(turned), label = turned(LABEL), layer = layersOf(sizes.length, arrows);
  const parts = sizes.map((_, k) => ({ layer: layer[k], size: extents[k][1], order: k, into: [], out: [] }));
  for (const { source, target } of [...arrows].reverse()) if (!arrows.some(other => other.target === source)) parts[source].order = Math.min(parts[source].order, parts[target].order - 0.5);
  const ways = arrows.map(({ source, target }) => way(parts, source, target, layer));
  const columns = Array.from({ length: Math.max(...layer) + 1 }, (_, n) => parts.filter(part => part.layer === n).sort((a, b) => a.order - b.order));
  ordered(columns);
  spread(columns);
  const begins = [], ends = [];
  columns.forEach((column, n) => {
    const thick = Math.max(...extents.filter((_, k) => layer[k] === n).map(([along]) => along));
    begins[n] = n ? ends[n - 1] + BETWEEN + gap(columns, n - 1, label[0], upright) : 0;
    ends[n] = begins[n] + thick;
  });
  const top = Math.min(...parts.map(part => part.at - part.size / 2));
  for (const part of parts) part.at -= top;
  const centres = sizes.map((_, k) => [(begins[layer[k]] + ends[layer[k]]) / 2, parts[k].at]);
  const routes = routed(arrows, ways, parts, centres, extents, begins, ends, label);
  const across = Math.max(...parts.map(part => part.at + part.size / 2), ...routes.flatMap(({ points }) => points.map(([, y]) => y)));
  const placed = point => turned(point).map(x => x + MARGIN), [wide, high] = turned([ends.at(-1), across]);
  return {
    width: wide + 2 * MARGIN,
    height: high + 2 * MARGIN,
    boxes: centres.map(placed),
    routes: routes.map(({ points, label: place }) => ({ points: curved(points).map(placed), label: placed(place) })),
  };
}

/** The layer of each box: behind its arguments; an input stands close to its first use. */
function layersOf(count, arrows) {
  const layer = [];
  for (let k = 0; k < count; k++) layer.push(Math.max(0, ...arrows.filter(({ target }) => target === k).map(({ source }) => layer[source] + 1)));
  for (let k = count - 1; k >= 0; k--) {
    const uses = arrows.filter(({ source }) => source === k);
    if (uses.length && !arrows.some(({ target }) => target === k)) layer[k] = Math.min(...uses.map(({ target }) => layer[target])) - 1;
  }
  return layer;
}

/** The parts that an arrow joins: its two boxes, and its passages through the layers between them. */
function way(parts, source, target, layer) {
  const found = [parts[source]];
  for (let n = layer[source] + 1; n < layer[target]; n++) {
    const passage = { layer: n, size: PASSAGE, order: parts[source].order, into: [], out: [], passes: true };
    parts.push(passage);
    found.push(passage);
  }
  found.push(parts[target]);
  for (let n = 1; n < found.length; n++) {
    const weight = 1 + 2 * (Boolean(found[n - 1].passes) + Boolean(found[n].passes));
    found[n - 1].out.push([found[n], weight]);
    found[n].into.push([found[n - 1], weight]);
  }
  return found;
}

/** Bring the parts of each layer into an order in which few arrows cross. */
function ordered(columns) {
  const number = () => columns.forEach(column => column.forEach((part, n) => (part.order = n)));
  number();
  let best = columns.map(column => [...column]), least = crossings(columns);
  for (let sweep = 0; sweep < 12 && least; sweep++) {
    const side = sweep % 2 ? "out" : "into", list = sweep % 2 ? [...columns].reverse() : columns;
    for (const column of list) {
      const middle = part => (part[side].length ? part[side].reduce((sum, [other]) => sum + other.order, 0) / part[side].length : part.order);
      const key = new Map(column.map(part => [part, middle(part)]));
      column.sort((a, b) => key.get(a) - key.get(b) || a.order - b.order);
      column.forEach((part, n) => (part.order = n));
    }
    const found = crossings(columns);
    if (found < least) [least, best] = [found, columns.map(column => [...column])];
  }
  columns.forEach((column, n) => column.splice(0, column.length, ...best[n]));
  number();
}

/** The number of pairs of arrows that cross. */
function crossings(columns) {
  let count = 0;
  for (const column of columns) {
    const ends = column.flatMap(part => part.out.map(([other]) => [part.order, other.order]));
    for (let m = 0; m < ends.length; m++) for (let n = 0; n < m; n++) count += (ends[m][0] - ends[n][0]) * (ends[m][1] - ends[n][1]) < 0;
  }
  return count;
}

/** Place the parts across their layers, each as near to its neighbours as the others let it be. */
function spread(columns) {
  for (const column of columns) {
    let end = 0;
    for (const part of column) (part.at = end + part.size / 2), (end += part.size + APART);
    for (const part of column) part.at -= (end - APART) / 2;
  }
  for (let sweep = 0; sweep < 30; sweep++) {
    for (const column of sweep % 2 ? [...columns].reverse() : columns) {
      const wishes = column.map(part => {
        const sides = sweep < 24 ? [sweep % 2 ? part.out : part.into] : [part.into, part.out];
        const near = sides.flat().length ? sides.flat() : [...part.into, ...part.out], weight = near.reduce((sum, each) => sum + each[1], 0);
        return weight ? near.reduce((sum, [other, each]) => sum + each * other.at, 0) / weight : part.at;
      });
      settled(column, wishes);
    }
  }
}

/** Places as near to the wishes as the sizes allow, by the sum of squares: neighbours in conflict share their mean. */
function settled(column, wishes) {
  const offsets = [0];
  for (let n = 1; n < column.length; n++) offsets.push(offsets[n - 1] + (column[n - 1].size + column[n].size) / 2 + (column[n - 1].passes || column[n].passes ? APART * 0.6 : APART));
  const blocks = [];
  column.forEach((_, n) => {
    blocks.push({ sum: wishes[n] - offsets[n], count: 1 });
    while (blocks.length > 1 && blocks.at(-1).sum / blocks.at(-1).count < blocks.at(-2).sum / blocks.at(-2).count) {
      const { sum, count } = blocks.pop();
      blocks.at(-1).sum += sum;
      blocks.at(-1).count += count;
    }
  });
  let n = 0;
  for (const { sum, count } of blocks) for (let k = 0; k < count; k++, n++) column[n].at = sum / count + offsets[n];
}

/** The room for labels behind a layer: more where arrows are many, or lead far across. */
function gap(columns, n, label, upright) {
  const arrows = columns[n].flatMap(part => part.out.map(([other]) => Math.abs(other.at - part.at)));
  return label + Math.min(90, Math.max(0, ...arrows) / (upright ? 6 : 4)) + (arrows.length > 6 ? label / 2 : 0);
}

/** The points through which each arrow leads, and the place of its label. */
function routed(arrows, ways, parts, centres, extents, begins, ends, label) {
  const side = (k, out) => {
    const own = arrows.flatMap((arrow, n) => ((out ? arrow.source : arrow.target) === k ? [n] : []));
    const towards = n => (out ? ways[n][1] : ways[n].at(-2)).at;
    own.sort((a, b) => towards(a) - towards(b) || a - b);
    const [x, y] = centres[k], [along, across] = extents[k];
    return new Map(own.map((n, place) => [n, [x + (out ? along : -along) / 2, y - across / 2 + (across * (place + 1)) / (own.length + 1)]]));
  };
  const leaving = centres.map((_, k) => side(k, true)), arriving = centres.map((_, k) => side(k, false));
  const taken = centres.map((centre, k) => around(centre, extents[k]));
  return arrows.map(({ source, target }, n) => {
    const passages = ways[n].slice(1, -1).flatMap(({ layer, at: y }) => [[begins[layer], y], [ends[layer], y]]);
    const [x, y] = arriving[target].get(n), points = [leaving[source].get(n), ...passages, [x - TIP, y]];
    return { points, label: labelPlace(points, label, taken) };
  });
}

/** The first place on an arrow or beside it where its label covers nothing. */
function labelPlace([[x0, y0], [x1, y1]], size, taken) {
  const on = FRACTIONS.map(t => [x0 + t * (x1 - x0), y0 + t * t * (3 - 2 * t) * (y1 - y0)]);
  const beside = [-1, 1, -2, 2, -3, 3].flatMap(k => on.map(([x, y]) => [x, y + (k * size[1]) / 2]));
  const free = [...on, ...beside].find(place => !taken.some(other => overlap(around(place, size), other)));
  taken.push(around(free ?? on[0], size));
  return free ?? on[0];
}

const around = ([x, y], [along, across]) => [x - along / 2, y - across / 2, x + along / 2, y + across / 2];
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

/** Béziers through points, level at the ends of each. */
function curved(points) {
  return points.flatMap(([x, y], n) => {
    if (!n) return [[x, y]];
    const [x0, y0] = points[n - 1], third = (x - x0) / (y0 === y ? 3 : 2.2);
    return [[x0 + third, y0], [x - third, y], [x, y]];
  });
}

// --- The picture ---

/** The picture of a record: frames, arrows and boxes, as the scripts of a page expect them. */
function pictureOf({ values: { columns, rows }, constants }, upright) {
  const entries = rows.map(row => Object.fromEntries(columns.map((name, n) => [name, row[n]])));
  const lines = entries.map((entry, k) => linesOf(entry, entry.inputs.map((x, n) => operandOf(entry, x, n, constants[k][n], entries))));
  const sizes = entries.map(({ role }, k) => sizeOf(role, lines[k]));
  const arrows = entries.flatMap(({ inputs, slopes }, target) => inputs.flatMap((source, n) => (Array.isArray(source) ? [] : [{ id: `e${target}_${n}`, source, target, slope: brief(numberOf(slopes[n])) }])));
  const found = laidOut(sizes, arrows, upright);
  const edges = arrows.map(({ id, slope }, n) => {
    const { points, label: [x, y] } = found.routes[n], length = width(slope, SMALL), place = ([a, b]) => `${coordinate(a)},${coordinate(b)}`;
    return tag("g", { id }, tag("path", { d: `M${place(points[0])}C${points.slice(1).map(place).join(" ")}` }) + tag("text", { x: x - length / 2, y: y + 3.9, textLength: length }, slope));
  });
  const boxes = entries.map(({ role }, k) => boxOf(`n${k}`, role, lines[k], found.boxes[k], sizes[k]));
  return { ...found, sizes, arrows, content: tag("g", { class: "clusters" }) + tag("g", { class: "edges" }, edges.join("")) + tag("g", { class: "nodes" }, boxes.join("")) };
}

function operandOf({ op }, x, n, constant, entries) {
  if (!Array.isArray(x)) return { text: entries[x].label };
  const { tacit } = grammar.rows[op];
  return { text: tacit?.[0] === n && constant === "0" ? "" : constant, constant: true };
}
