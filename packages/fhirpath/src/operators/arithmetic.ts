import { Collection, nothing } from '../collection.ts';
import { FhirPathError, type Position } from '../errors.ts';
import { singleton } from '../node.ts';
import type { Run } from '../scope.ts';
import { Decimal } from '../values/decimal.ts';
import { commensurate, durationUnit, Quantity } from '../values/quantity.ts';
import { addDuration, isTemporal, type Temporal } from '../values/temporal.ts';
import { asQuantity } from './equality.ts';
import { isNumber, nameOf, systemValue, type NumberValue } from './system-value.ts';

/** Units grow with every product. */
const longestUnit = 1_000;

/** A narrative is shorter than this. */
const longestString = 4_000_000;

export type ArithmeticOperator = '+' | '-' | '*' | '/' | 'div' | 'mod';

/**
 * https://hl7.org/fhirpath/N1/#math; empty when a side is empty, by division through zero, and for units that do not go
 * together. @throws FhirPathError `evaluation` for kinds of values that the operator does not take.
 */
export function arithmetic(
  operator: ArithmeticOperator,
  a: Collection,
  b: Collection,
  run: Run,
  at: Position,
): Collection {
  if (a.size === 0 || b.size === 0) return nothing;
  singleton(a, at);
  singleton(b, at);
  const [left, right] = [systemValue(a.values[0], a.typeAt(0)), systemValue(b.values[0], b.typeAt(0))];
  if (left === undefined || right === undefined) return nothing;
  if (typeof left === 'string' && typeof right === 'string' && operator === '+') {
    return Collection.of(concatenate(left, right, run, at), 'System.String');
  }
  if (isNumber(left) && isNumber(right)) return ofNumber(numbers(operator, left, right));
  if (isTemporal(left) && right instanceof Quantity && (operator === '+' || operator === '-')) {
    return moveTemporal(left, operator === '+' ? right : negateQuantity(right), at);
  }
  const [x, y] = [asQuantity(left, right), asQuantity(right, left)];
  if (x !== undefined && y !== undefined) {
    if (x.unit.length + y.unit.length > longestUnit) {
      throw new FhirPathError('limit', `A unit would be longer than ${longestUnit} characters`, at);
    }
    const result = quantities(operator, x, y, run);
    if (result !== 'no') {
      return within(result?.value) === undefined ? nothing : Collection.of(result, 'System.Quantity');
    }
  }
  const [leftName, rightName] = [nameOf(left, a.typeAt(0)), nameOf(right, b.typeAt(0))];
  throw new FhirPathError('evaluation', `${operator} does not take ${leftName} and ${rightName}`, at);
}

/** `&`: an empty side is an empty string. */
export function concatenate(left: string, right: string, run: Run, at: Position): string {
  spendOnText(left.length + right.length, run, at);
  return left + right;
}

/** Text is paid for by its length, and there is a longest one: growing strings fill the memory otherwise. */
export function spendOnText(length: number, run: Run, at: Position): void {
  if (length > longestString) {
    throw new FhirPathError('limit', `A string would be longer than ${longestString} characters`, at);
  }
  run.spend(Math.ceil(length / 64), at);
}

/** A number as a collection; whole ones within the safe range are plain integers. Undefined is empty. */
export function ofNumber(value: NumberValue | undefined): Collection {
  if (value === undefined) return nothing;
  if (typeof value === 'bigint') return Collection.of(value, 'System.Long');
  if (typeof value === 'number') return Collection.of(value, 'System.Integer');
  return Collection.of(value, 'System.Decimal');
}

function numbers(operator: ArithmeticOperator, a: NumberValue, b: NumberValue): NumberValue | undefined {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const whole = integers(operator, a, b);
    if (whole !== 'decimal') return whole;
  }
  const [x, y] = [Decimal.of(a), Decimal.of(b)];
  const isLong = typeof a === 'bigint' || typeof b === 'bigint';
  const result = within(decimals(operator, x, y));
  if (result === undefined) return undefined;
  if (operator === 'div') return isLong ? long(result.truncated()) : integerOf(result.truncated());
  return isLong && result.scale === 0 && operator !== '/' ? long(result.units) : result;
}

/** Digits before and after the point: those of floating point, and the minimum in the specification. */
const widest = 10n ** 310n;
const finest = 28;

/** Overflow is empty. https://hl7.org/fhirpath/N1/#math */
function within(value: Decimal | undefined): Decimal | undefined {
  const rounded = value?.rounded(finest);
  const whole = rounded?.truncated() ?? 0n;
  return whole > widest || whole < -widest ? undefined : rounded;
}

const long = (value: bigint) => (BigInt.asIntN(64, value) === value ? value : undefined);

function integers(operator: ArithmeticOperator, a: number, b: number): number | undefined | 'decimal' {
  if (operator === '/') return 'decimal';
  if ((operator === 'div' || operator === 'mod') && b === 0) return undefined;
  const results = { '+': a + b, '-': a - b, '*': a * b, div: Math.trunc(a / b), mod: a % b };
  const result = results[operator];
  return Number.isSafeInteger(result) ? result : 'decimal';
}

function decimals(operator: ArithmeticOperator, a: Decimal, b: Decimal): Decimal | undefined {
  switch (operator) {
    case '+':
      return a.plus(b);
    case '-':
      return a.minus(b);
    case '*':
      return a.times(b);
    case '/':
    case 'div':
      return a.dividedBy(b);
    case 'mod': {
      const quotient = a.dividedBy(b);
      return quotient && a.minus(b.times(new Decimal(quotient.truncated(), 0)));
    }
  }
}

/** An integer as a plain number if it fits, otherwise a long. */
export function integerOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function negateQuantity(quantity: Quantity): Quantity {
  return new Quantity(quantity.value.negated(), quantity.unit, quantity.calendar);
}

function quantities(operator: ArithmeticOperator, a: Quantity, b: Quantity, run: Run): Quantity | undefined | 'no' {
  const dimensionless = (quantity: Quantity) => quantity.unit === '1' && !quantity.calendar;
  switch (operator) {
    case '+':
    case '-':
      return sum(operator, a, b, run);
    case '*':
      if (dimensionless(b)) return new Quantity(a.value.times(b.value), a.unit, a.calendar);
      if (dimensionless(a)) return new Quantity(a.value.times(b.value), b.unit, b.calendar);
      return a.calendar || b.calendar ? undefined : new Quantity(a.value.times(b.value), `${a.unit}.${b.unit}`);
    case '/': {
      const value = a.value.dividedBy(b.value);
      if (value === undefined) return undefined;
      if (dimensionless(b)) return new Quantity(value, a.unit, a.calendar);
      const same = commensurate(a, b, run.environment.convertUnit);
      if (same !== undefined) {
        const ratio = same[0].dividedBy(same[1]);
        return ratio && new Quantity(ratio, '1');
      }
      return a.calendar || b.calendar ? undefined : new Quantity(value, `${a.unit}/${b.unit}`);
    }
    case 'div':
    case 'mod':
      return 'no';
  }
}

/**
 * The sum or difference in the smaller of both units; undefined if one cannot be converted to the other. https://hl7.org/fhirpath/#addition
 */
function sum(operator: '+' | '-', a: Quantity, b: Quantity, run: Run): Quantity | undefined {
  const one = new Decimal(1n, 0);
  const inUnitOf = (target: Quantity, quantity: Quantity): Decimal | undefined => {
    const same = commensurate(new Quantity(one, target.unit, target.calendar), quantity, run.environment.convertUnit);
    if (same === undefined) return undefined;
    return same[0].compare(one) === 0 ? same[1] : same[1].dividedBy(same[0]);
  };
  const length = inUnitOf(a, new Quantity(one, b.unit, b.calendar));
  if (length === undefined) return undefined;
  const { unit, calendar } = length.compare(one) < 0 ? b : a;
  const [first, second] = [a, b].map((each) => inUnitOf(new Quantity(one, unit, calendar), each));
  if (first === undefined || second === undefined) return undefined;
  return new Quantity(operator === '+' ? first.plus(second) : first.minus(second), unit, calendar);
}

function moveTemporal(value: Temporal, quantity: Quantity, at: Position): Collection {
  const unit = durationUnit(quantity);
  if (unit === undefined) {
    const cure = quantity.unit === 'a' ? ': years are `year`' : quantity.unit === 'mo' ? ': months are `month`' : '';
    throw new FhirPathError('evaluation', `'${quantity.unit}' is no unit of the calendar${cure}`, at);
  }
  const moved = addDuration(value, quantity.value.toNumber(), unit);
  if (moved === 'out of range') return nothing;
  if (moved === undefined) throw new FhirPathError('evaluation', `A time has no ${unit}s`, at);
  return Collection.of(
    moved,
    { date: 'System.Date', dateTime: 'System.DateTime', time: 'System.Time' }[value.temporal],
  );
}
