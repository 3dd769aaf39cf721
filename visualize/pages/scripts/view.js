// The view of the picture: its size, and the part of it that is in sight.

/** Make the picture as large as fits. It is never too small to read; it scrolls if it does not fit. */
function fit() {
  const stage = $("stage"), { width, height } = $("picture").viewBox.baseVal;
  const fitting = Math.min((stage.clientWidth - 24) / width, (stage.clientHeight - 24) / height);
  const scale = Math.min(Math.max(fitting, stage.clientWidth < 700 ? 0.95 : 1.1), 2.4);
  Object.assign($("picture").style, { width: width * scale + "px", height: height * scale + "px", maxHeight: "none" });
}

// Scroll the current box and the edges of its step into the middle, unless they are in sight. At the start the box is
// that of the first leaf, at the end that of the result. The picture glides if the box is in sight; otherwise it jumps.
function reveal() {
  const now = currentOf(at.position), k = now ?? (at.position ? results[0] : leaves[0]);
  const stage = $("stage"), frame = stage.getBoundingClientRect();
  const edges = now === undefined ? [] : stepOf(k).parts.map(part => `e${k}_${part.position}`);
  const around = [`n${k}`, ...edges].map(id => $(id).getBoundingClientRect());
  const shift = (start, stop, size) => {
    const low = Math.min(...around.map(box => box[start])) - 80, high = Math.max(...around.map(box => box[stop])) + 80;
    if (low >= frame[start] && high <= frame[stop]) return 0;
    const middle = high - low > frame[size] ? around[0][start] + around[0][stop] : low + high;
    return (middle - frame[start] - frame[stop]) / 2;
  };
  const left = shift("left", "right", "width"), top = shift("top", "bottom", "height");
  const seen = around[0].left < frame.right && around[0].right > frame.left && around[0].top < frame.bottom && around[0].bottom > frame.top;
  stage.scrollBy({ left, top, behavior: seen ? "auto" : "instant" });
}
