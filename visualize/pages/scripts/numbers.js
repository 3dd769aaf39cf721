// Numbers as text, in exactly the form in which Python writes those in the rest of the page.

/** A number of the record: JSON has it as a number, or as text if it is infinite or nan. */
const numberOf = x => (typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x);

/** The shortest digits that identify a number, and 2.0 for a whole one. */
const exact = x => (Number.isFinite(x) ? laid(x, x.toExponential(), 16).replace(/^-?\d+$/, "$&.0") : brief(x));

/** A number behind a sign of operation: in parentheses, if it is negative. */
const signed = text => (text.startsWith("-") ? `(${text})` : text);

/** A number to so many significant digits, without zeros at the end. */
function brief(x, digits = record.digits) {
  const size = Math.abs(x), most = 10 ** digits;
  if (size >= 1e-4 && size < most && digits < 16 && !String(x).endsWith("5")) {
    // The fast path, for almost all numbers: no tie, and no exponent.
    const near = Number(x.toPrecision(digits));
    if (Math.abs(near) < most) return String(near);
  }
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  return laid(x, even(places => x.toExponential(places), digits - 1), digits);
}

/** A number that is written with an exponent, without one if it is neither very small nor of more digits. */
function laid(x, text, digits) {
  const [mantissa, power] = text.split("e"), exponent = Number(power);
  const sign = mantissa.startsWith("-") || Object.is(x, -0) ? "-" : "", kept = mantissa.replace(/[-.]/g, "");
  const pointed = (text, places) => sign + `${text.slice(0, places)}.${text.slice(places)}`.replace(/\.?0*$/, "");
  if (exponent < -4 || exponent >= digits) return `${pointed(kept, 1)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  return exponent < 0 ? pointed("0".repeat(-exponent) + kept, 1) : pointed(kept.padEnd(exponent + 1, "0"), exponent + 1);
}

/** A number to so many decimals. */
const fixed = (x, places) => even(more => x.toFixed(more), places);

/** A number as `write` writes it to so many places; of two that are equally near, the even one, unlike JavaScript. */
function even(write, places) {
  const nearest = write(places), middle = text => /^[-\d.]*50*(e|$)/.test(text);
  if (places > 80 || !middle(write(places + 16)) || !middle(write(100))) return nearest;
  const [all, power] = write(100).split("e"), length = nearest.split("e")[0].length;
  const [down, rest] = [all.slice(0, length), all.slice(length).replace(".", "")];
  return /^50*$/.test(rest) && "02468".includes(down.at(-1)) ? down + (power ? "e" + power : "") : nearest;
}
