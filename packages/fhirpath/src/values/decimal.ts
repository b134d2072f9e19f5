const text = /^([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/;

/** Longer numbers are not calculated with: those of floating point, written out, have fewer digits on either side of the point. */
export const mostDigits = 800;

/** Digits that a quotient keeps behind the point. */
const quotientScale = 28;
/** The digits after the point that equality and order compare in results of divisions: fewer, so that 1 / 3 * 3 = 1. */
const comparedScale = 18;
/** Digits behind the point of a boundary, when not asked for otherwise. */
const boundaryScale = 8;

/** An exact decimal: `units` × 10^-`scale`. Its scale is the precision it was written with. */
export class Decimal {
  readonly units: bigint;
  readonly scale: number;
  /** Whether digits were lost on the way, by a division that does not end. */
  readonly approximate: boolean;

  constructor(units: bigint, scale: number, approximate = false) {
    this.units = units;
    this.scale = scale;
    this.approximate = approximate;
  }

  /** Undefined if the text is not a decimal number, or has too many digits. */
  static parse(source: string): Decimal | undefined {
    const match = source.length > mostDigits ? null : text.exec(source);
    if (match === null) return undefined;
    const [, sign, whole, fraction = '', exponent = '0'] = match;
    const units = BigInt(`${whole!}${fraction}`) * (sign === '-' ? -1n : 1n);
    const scale = fraction.length - Number(exponent);
    return scale >= 0 ? new Decimal(units, scale) : new Decimal(units * 10n ** BigInt(-scale), 0);
  }

  static of(value: number | bigint | Decimal): Decimal {
    if (value instanceof Decimal) return value;
    return typeof value === 'bigint' ? new Decimal(value, 0) : (Decimal.parse(String(value)) ?? new Decimal(0n, 0));
  }

  plus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.#unitsAt(scale) + other.#unitsAt(scale), scale, this.approximate || other.approximate);
  }

  minus(other: Decimal): Decimal {
    return this.plus(other.negated());
  }

  times(other: Decimal): Decimal {
    return new Decimal(
      this.units * other.units,
      this.scale + other.scale,
      this.approximate || other.approximate,
    ).#trimmed();
  }

  /** Undefined for a division by zero. */
  dividedBy(other: Decimal): Decimal | undefined {
    if (other.units === 0n) return undefined;
    const numerator = this.units * 10n ** BigInt(quotientScale + other.scale);
    const denominator = other.units * 10n ** BigInt(this.scale);
    const lost = this.approximate || other.approximate || numerator % denominator !== 0n;
    return new Decimal(numerator / denominator, quotientScale, lost).#trimmed();
  }

  negated(): Decimal {
    return new Decimal(-this.units, this.scale, this.approximate);
  }

  /** Without the digits after the point. */
  truncated(): bigint {
    return this.units / 10n ** BigInt(this.scale);
  }

  floor(): bigint {
    const whole = this.truncated();
    return this.units < 0n && whole * 10n ** BigInt(this.scale) !== this.units ? whole - 1n : whole;
  }

  /** Half up: away from zero for a positive number, and mirrored for a negative one. */
  rounded(scale: number): Decimal {
    if (scale >= this.scale) return this;
    const divisor = 10n ** BigInt(this.scale - scale);
    const half = divisor / 2n;
    return new Decimal((this.units + (this.units < 0n ? -half : half)) / divisor, scale);
  }

  /** Negative, zero or positive. */
  compare(other: Decimal): number {
    const lost = this.approximate || other.approximate;
    const [a, b] = lost ? [this.rounded(comparedScale), other.rounded(comparedScale)] : [this, other];
    const scale = Math.max(a.scale, b.scale);
    const difference = a.#unitsAt(scale) - b.#unitsAt(scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** Equal when both are rounded to the precision of the less precise one, trailing zeros not counted. */
  isEquivalentTo(other: Decimal): boolean {
    const [a, b] = [this.#trimmed(), other.#trimmed()];
    const scale = Math.min(a.scale, b.scale);
    return a.rounded(scale).compare(b.rounded(scale)) === 0;
  }

  /** The same number for the same value, so that equal decimals have equal keys. */
  key(): string {
    return (this.approximate ? this.rounded(comparedScale) : this).#trimmed().toString();
  }

  /**
   * The least or greatest number that rounds to this one, with `precision` digits behind the point; undefined when that many
   * digits cannot be had. With fewer digits than it has, the end that is further from zero is rounded, and the nearer one cut off, as in the
   * examples of https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time
   */
  boundary(side: 'low' | 'high', precision = boundaryScale): Decimal | undefined {
    if (precision < 0 || precision > 28) return undefined;
    const half = new Decimal(5n, this.scale + 1);
    const exact = side === 'low' ? this.minus(half) : this.plus(half);
    if (precision >= exact.scale) return new Decimal(exact.#unitsAt(precision), precision);
    if (this.units === 0n || (side === 'high') === this.units > 0n) return exact.rounded(precision);
    return new Decimal(new Decimal(exact.units, exact.scale - precision).truncated(), precision);
  }

  toNumber(): number {
    return Number(this.toString());
  }

  /** As a number: of an element that is given back whole, the digits at the end are lost. */
  toJSON(): number {
    return this.toNumber();
  }

  toString(): string {
    if (this.scale === 0) return this.units.toString();
    const digits = (this.units < 0n ? -this.units : this.units).toString().padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    return `${this.units < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
  }

  #unitsAt(scale: number): bigint {
    return this.units * 10n ** BigInt(scale - this.scale);
  }

  #trimmed(): Decimal {
    let { units, scale } = this;
    for (; scale > 0 && units % 10n === 0n; scale--) units /= 10n;
    return new Decimal(units, scale, this.approximate);
  }
}
