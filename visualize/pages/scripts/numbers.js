// Numbers as text, to the last letter as Python writes them, which the rest of the page is made of.

/** A number of the record, where JSON has a number for it or not. */
const numberOf = x => (typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x);

/** All digits that tell a number from others. */
const exact = x => (Number.isFinite(x) ? String(x) : brief(x));

/** A number behind a sign of operation: in parentheses, if it is negative. */
const signed = text => (text.startsWith("-") ? `(${text})` : text);

/** A number to so many significant digits, without zeros at the end. */
function brief(x, digits = record.digits) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const [mantissa, power] = even(x.toExponential(digits - 1), x.toExponential(100)).split("e"), exponent = Number(power);
  const sign = mantissa.startsWith("-") || Object.is(x, -0) ? "-" : "", kept = mantissa.replace(/[-.]/g, "");
  const pointed = (text, places) => sign + `${text.slice(0, places)}.${text.slice(places)}`.replace(/\.?0*$/, "");
  if (exponent < -4 || exponent >= digits) return `${pointed(kept, 1)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  return exponent < 0 ? pointed("0".repeat(-exponent) + kept, 1) : pointed(kept.padEnd(exponent + 1, "0"), exponent + 1);
}

/** A number to so many decimals. */
const fixed = (x, places) => even(x.toFixed(places), x.toFixed(100));

/** A rounded number; in the middle between two it is the even one, and not the one that JavaScript takes. */
function even(rounded, long) {
  const [kept, power] = rounded.split("e"), [all] = long.split("e"), rest = all.slice(kept.length + !kept.includes("."));
  const down = all.slice(0, kept.length), middle = rest.startsWith("5") && !/[1-9]/.test(rest.slice(1)) && !Number.isNaN(Number(all));
  return middle && "02468".includes(down.at(-1)) ? down + (power === undefined ? "" : "e" + long.split("e")[1]) : rounded;
}
