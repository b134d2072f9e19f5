import { Collection, nothing } from '../collection.ts';
import { FhirPathError } from '../errors.ts';
import { fromItems, singleton, type Node } from '../node.ts';
import { arithmetic, integerOf, ofNumber } from '../operators/arithmetic.ts';
import { compareValues } from '../operators/comparison.ts';
import { isNumber, systemValue, type NumberValue } from '../operators/system-value.ts';
import type { Scope } from '../scope.ts';
import { Decimal } from '../values/decimal.ts';
import { Quantity } from '../values/quantity.ts';
import { isTemporal } from '../values/temporal.ts';
import { temporalBoundary, temporalPrecision } from '../values/temporal-boundary.ts';
import { failure, integerArgument, type Call, type FunctionTable } from './call.ts';

/** https://hl7.org/fhirpath/N1/#math-1, and boundaries, precision and the aggregates of the R5 additions. */
export const math: FunctionTable = {
  abs: exact((value) => (value.units < 0n ? value.negated() : value), true),
  ceiling: exact((value) => whole(-value.negated().floor())),
  floor: exact((value) => whole(value.floor())),
  truncate: exact((value) => whole(value.truncated())),
  round: {
    min: 0,
    max: 1,
    build: (call) =>
      number(call, (value, scope) => {
        const digits = call.args.length === 0 ? 0 : integerArgument(call, 0, scope);
        if (digits !== undefined && digits < 0) throw failure(call, 'a precision is not negative');
        return digits === undefined ? undefined : Decimal.of(value).rounded(digits);
      }),
  },
  exp: approximate((value) => Math.exp(value)),
  ln: approximate((value) => Math.log(value)),
  sqrt: approximate((value) => Math.sqrt(value)),
  log: { min: 1, max: 1, build: (call) => binary(call, (value, base) => Math.log(value) / Math.log(base)) },
  power: { min: 1, max: 1, build: (call) => binary(call, (value, exponent) => value ** exponent) },
  lowBoundary: { min: 0, max: 1, build: (call) => boundary(call, 'low') },
  highBoundary: { min: 0, max: 1, build: (call) => boundary(call, 'high') },
  precision: { min: 0, max: 0, build: (call) => fromItems(call.at, (scope) => precision(call, scope)) },
  sum: { min: 0, max: 0, build: (call) => fromItems(call.at, (scope) => sum(call, scope)) },
  avg: {
    min: 0,
    max: 0,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const count = Collection.of(call.input.items(scope).size, 'System.Integer');
        return arithmetic('/', sum(call, scope), count, scope.run, call.at);
      }),
  },
  min: { min: 0, max: 0, build: (call) => extreme(call, (order) => order < 0) },
  max: { min: 0, max: 0, build: (call) => extreme(call, (order) => order > 0) },
};

const whole = (value: bigint) => new Decimal(value, 0);

function number(call: Call, change: (value: NumberValue, scope: Scope) => NumberValue | undefined): Node {
  return fromItems(call.at, (scope) => {
    const items = call.input.items(scope);
    const value = singleton(items, call.at) === undefined ? undefined : systemValue(items.values[0], items.typeAt(0));
    if (value === undefined) return nothing;
    if (value instanceof Quantity) {
      const changed = change(value.value, scope);
      if (changed === undefined) return nothing;
      return Collection.of(new Quantity(Decimal.of(changed), value.unit, value.calendar), 'System.Quantity');
    }
    if (!isNumber(value)) throw failure(call, 'the input is not a number');
    return ofNumber(change(value, scope));
  });
}

/** `keepsDecimal`: a decimal stays one, else the result is an integer. */
function exact(change: (value: Decimal) => Decimal, keepsDecimal = false) {
  return {
    min: 0,
    max: 0,
    build: (call: Call) =>
      number(call, (value) => {
        const changed = change(Decimal.of(value));
        if (typeof value === 'bigint') return changed.units;
        return changed.scale === 0 && (!keepsDecimal || typeof value === 'number') ? integerOf(changed.units) : changed;
      }),
  };
}

/** Functions of real numbers have the results of floating point; NaN is empty. */
function approximate(change: (value: number) => number) {
  return { min: 0, max: 0, build: (call: Call) => number(call, (value) => finite(change(asFloat(value)))) };
}

function binary(call: Call, change: (value: number, other: number) => number): Node {
  return number(call, (value, scope) => {
    const items = call.args[0]!.items(scope);
    const other = singleton(items, call.at);
    if (other === undefined) return undefined;
    if (!isNumber(other)) throw failure(call, 'the argument is not a number');
    const result = finite(change(asFloat(value), asFloat(other)));
    if (call.name !== 'power' || typeof value !== 'number' || !Number.isInteger(value)) return result;
    return result?.scale === 0 ? integerOf(result.units) : result;
  });
}

const asFloat = (value: NumberValue) => Decimal.of(value).toNumber();
const finite = (value: number) => (Number.isFinite(value) ? Decimal.of(value) : undefined);

/** https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time; of a quantity, that of its value. */
function boundary(call: Call, side: 'low' | 'high'): Node {
  return fromItems(call.at, (scope) => {
    const items = call.input.items(scope);
    if (singleton(items, call.at) === undefined) return nothing;
    const wanted = integerArgument(call, 0, scope);
    if (call.args.length > 0 && wanted === undefined) return nothing;
    const value = systemValue(items.values[0], items.typeAt(0)) ?? nothing;
    if (isNumber(value)) return ofNumber(Decimal.of(value).boundary(side, wanted));
    const quantity = value instanceof Quantity ? value : plainQuantity(value);
    if (quantity !== undefined) {
      const bound = quantity.value.boundary(side, wanted);
      return bound === undefined
        ? nothing
        : Collection.of(new Quantity(bound, quantity.unit, quantity.calendar), 'System.Quantity');
    }
    if (!isTemporal(value)) throw failure(call, 'the input is not a number, quantity, date or time');
    const bound = temporalBoundary(value, side, wanted);
    if (bound === undefined) return nothing;
    return Collection.of(
      bound,
      { date: 'System.Date', dateTime: 'System.DateTime', time: 'System.Time' }[bound.temporal],
    );
  });
}

/** A FHIR quantity without a UCUM code: its value in its named unit, in any words (rng-2 compares such). */
function plainQuantity(value: unknown): Quantity | undefined {
  if (typeof value !== 'object' || value === null || !('value' in value) || !isNumber(value.value)) return undefined;
  const { code, unit } = value as { code?: unknown; unit?: unknown };
  const named = typeof code === 'string' ? code : typeof unit === 'string' ? unit : '1';
  return new Quantity(Decimal.of(value.value), named);
}

function precision(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  if (singleton(items, call.at) === undefined) return nothing;
  const value = systemValue(items.values[0], items.typeAt(0));
  if (isNumber(value)) return Collection.of(Decimal.of(value).scale, 'System.Integer');
  if (isTemporal(value)) return Collection.of(temporalPrecision(value), 'System.Integer');
  throw failure(call, 'the input is not a number, date or time');
}

function sum(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  scope.run.spend(items.size * 4, call.at);
  let total = nothing;
  for (let i = 0; i < items.size; i++) {
    const one = Collection.of(items.values[i], items.typeAt(i));
    total = i === 0 ? one : arithmetic('+', total, one, scope.run, call.at);
  }
  return total;
}

function extreme(call: Call, isBetter: (order: number) => boolean): Node {
  return fromItems(call.at, (scope) => {
    const items = call.input.items(scope);
    scope.run.spend(items.size * 2, call.at);
    let best = 0;
    for (let i = 1; i < items.size; i++) {
      const [a, b] = [i, best].map((j) => systemValue(items.values[j], items.typeAt(j)));
      const order = compareValues(a, b, scope.run);
      if (order === 'different')
        throw new FhirPathError('evaluation', 'Items of different types have no order', call.at);
      if (order === undefined) return nothing;
      if (isBetter(order)) best = i;
    }
    const result = new Collection();
    if (items.size > 0) result.take(items, best);
    return result;
  });
}
