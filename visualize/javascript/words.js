// Functions that the rules of the table call and JavaScript lacks, with the results of Python and of IEEE 754.

/** The larger number, or the nan of the two. */
function larger(x, y) {
  return x > y || x !== x ? x : y;
}

/** The smaller number, or the nan of the two. */
function smaller(x, y) {
  return x < y || x !== x ? x : y;
}

/** The power of IEEE 754: 1 to any exponent is 1, and -1 to an infinite exponent is 1. */
function power(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}

/** The remainder, which has the sign of the divisor. */
function modulo(x, y) {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/** The quotient, rounded down. */
function floorDivide(x, y) {
  if (y === 0) return x / y;
  const rest = x % y, quotient = (x - rest) / y - (rest !== 0 && rest < 0 !== y < 0), floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** A number rounded to some decimals, or to a power of ten if their number is negative; ties go to the even digit. */
function roundTo(x, digits) {
  if (!Number.isFinite(x) || digits > 323) return x;
  if (digits < 0) return roundToTens(x, 10n ** BigInt(-digits));
  const [whole, decimals] = Math.abs(x).toFixed(100).split(".");
  const kept = BigInt(whole + decimals.slice(0, digits)), rest = decimals.slice(digits);
  return signed(x, up(kept, rest[0] === "5" && !/[1-9]/.test(rest.slice(1)) ? 0 : rest[0] >= "5" ? 1 : -1), -digits);
}

/** Rounded to a multiple of a power of ten. */
function roundToTens(x, unit) {
  const size = Math.abs(x), whole = BigInt(Math.trunc(size)), twice = 2n * (whole % unit);
  const side = twice > unit || (twice === unit && size % 1 > 0) ? 1 : twice === unit ? 0 : -1;
  return signed(x, up(whole / unit, side) * unit, 0);
}

/** A whole number, or the next one if the rest is above one half (side > 0); at one half (side 0) the even one. */
function up(kept, side) {
  return kept + (side > 0 || (side === 0 && kept % 2n === 1n) ? 1n : 0n);
}

/** A whole number times a power of ten, with the sign of x. */
function signed(x, whole, exponent) {
  const size = Number(`${whole}e${exponent}`);
  return x < 0 || Object.is(x, -0) ? -size : size;
}

/** The error function: its series times exp(-x²), all terms of one sign (Abramowitz and Stegun, 7.1.6). */
function erf(x) {
  if (Math.abs(x) > 2) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let term = x, sum = x;
  for (let n = 1; n < 60; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 1 - erf(x); for large x by its continued fraction, evaluated from the last term (Abramowitz and Stegun, 7.1.14). */
function erfc(x) {
  if (x < 2) return x < -2 ? 2 - erfc(-x) : 1 - erf(x);
  let tail = x;
  for (let n = 120; n > 0; n--) tail = x + n / 2 / tail;
  return x === Infinity ? 0 : Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
