import { bare, Collection, nothing } from '../collection.ts';
import { fromItems, fromTruth, singleton, type Node } from '../node.ts';
import { integerOf } from '../operators/arithmetic.ts';
import { isNumber, systemValue } from '../operators/system-value.ts';
import { isPrimitiveType } from '../types.ts';
import { Decimal, mostDigits } from '../values/decimal.ts';
import { calendarUnit, commensurate, Quantity } from '../values/quantity.ts';
import { formatTemporal, isTemporal, parseTemporal, Temporal, type TemporalKind } from '../values/temporal.ts';
import type { Scope } from '../scope.ts';
import { failure, stringArgument, type Call, type FunctionTable } from './call.ts';

/** Gives the value in the target type; undefined when it cannot be converted. */
type Convert = (value: unknown, call: Call, scope: Scope) => unknown;

const truths = new Map<unknown, boolean>([
  ...['true', 't', 'yes', 'y', '1', '1.0'].map((text): [string, boolean] => [text, true]),
  ...['false', 'f', 'no', 'n', '0', '0.0'].map((text): [string, boolean] => [text, false]),
]);
const wholeNumber = /^[+-]?[0-9]+$/;
const decimalNumber = /^[+-]?[0-9]+(?:\.[0-9]+)?$/;
const quantityText = /^([+-]?[0-9]+(?:\.[0-9]+)?)\s*(?:'([^']+)'|([A-Za-z]+))?$/;

const toBoolean: Convert = (value) => {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return truths.get(value.toLowerCase());
  if (!isNumber(value)) return undefined;
  const number = Decimal.of(value).toNumber();
  return number === 1 ? true : number === 0 ? false : undefined;
};

const toWhole = (value: unknown): bigint | undefined => {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') {
    return value.length <= mostDigits && wholeNumber.test(value) ? BigInt(value.replace('+', '')) : undefined;
  }
  if (!isNumber(value)) return undefined;
  const decimal = Decimal.of(value);
  return decimal.scale === 0 ? decimal.units : undefined;
};

const toInteger: Convert = (value) => {
  const whole = toWhole(value);
  return whole === undefined ? undefined : integerOf(whole);
};

const toDecimal: Convert = (value) => {
  if (typeof value === 'boolean') return Decimal.of(value ? 1 : 0);
  if (isNumber(value)) return Decimal.of(value);
  return typeof value === 'string' && decimalNumber.test(value) ? Decimal.parse(value) : undefined;
};

/** The text of a value; undefined for complex ones. */
export const toText: Convert = (value) => {
  if (typeof value === 'string') return value;
  if (isTemporal(value)) return formatTemporal(value);
  if (typeof value === 'boolean' || isNumber(value) || value instanceof Quantity) return value.toString();
  return undefined;
};

const toTemporal =
  (kind: TemporalKind): Convert =>
  (value) => {
    if (typeof value === 'string') return parseTemporal(value, kind) ?? cut(parseTemporal(value, 'dateTime'), kind);
    return isTemporal(value) ? cut(value, kind) : undefined;
  };

/** A date of a dateTime and the other way round; a time is neither. */
function cut(value: ReturnType<typeof parseTemporal>, kind: TemporalKind) {
  if (value === undefined || (kind === 'time') !== (value.temporal === 'time')) return undefined;
  if (kind !== 'date') return value.with({ temporal: kind });
  return new Temporal({ temporal: kind, fields: value.fields.slice(0, 3), zone: undefined, fraction: false });
}

const toQuantity: Convert = (value, call, scope) => {
  const quantity = quantityOf(value);
  const unit = stringArgument(call, 0, scope);
  if (quantity === undefined || unit === undefined) return quantity;
  const calendar = calendarUnit(unit);
  const target = new Quantity(new Decimal(1n, 0), calendar ?? unit, calendar !== undefined);
  const both = commensurate(target, quantity, scope.run.environment.convertUnit);
  const converted = both?.[1].dividedBy(both[0]);
  return converted && new Quantity(converted, target.unit, target.calendar);
};

function quantityOf(value: unknown): Quantity | undefined {
  if (value instanceof Quantity) return value;
  if (typeof value === 'boolean') return new Quantity(Decimal.of(value ? 1 : 0), '1');
  if (isNumber(value)) return new Quantity(Decimal.of(value), '1');
  const match = typeof value === 'string' ? quantityText.exec(value) : null;
  if (match === null) return undefined;
  const [, number, code, word] = match;
  const calendar = word === undefined ? undefined : calendarUnit(word);
  if (word !== undefined && calendar === undefined) return undefined;
  const decimal = Decimal.parse(number!);
  return decimal && new Quantity(decimal, calendar ?? code ?? '1', calendar !== undefined);
}

const targets: readonly (readonly [name: string, convert: Convert])[] = [
  ['Boolean', toBoolean],
  ['Integer', toInteger],
  ['Long', toWhole],
  ['Decimal', toDecimal],
  ['String', toText],
  ['Date', toTemporal('date')],
  ['DateTime', toTemporal('dateTime')],
  ['Time', toTemporal('time')],
  ['Quantity', toQuantity],
];

/** https://hl7.org/fhirpath/N1/#conversion, and the FHIR functions for the values of primitives. */
export const conversion: FunctionTable = {
  ...Object.fromEntries(
    targets.flatMap(([name, convert]) => {
      const max = name === 'Quantity' ? 1 : 0;
      return [
        [`to${name}`, { min: 0, max, build: (call: Call) => converting(call, convert, `System.${name}`) }],
        [`convertsTo${name}`, { min: 0, max, build: (call: Call) => convertible(call, convert) }],
      ];
    }),
  ),
  hasValue: {
    min: 0,
    max: 0,
    build: ({ input }) =>
      fromTruth((scope) => {
        const items = input.items(scope);
        return items.size === 1 && hasValue(items);
      }),
  },
  getValue: {
    min: 0,
    max: 0,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const items = call.input.items(scope);
        if (items.size !== 1 || !hasValue(items)) return nothing;
        return Collection.of(bare(items.values[0]), items.typeAt(0));
      }),
  },
};

function hasValue(items: Collection): boolean {
  const value = bare(items.values[0]);
  if (value === undefined) return false;
  const type = items.typeAt(0);
  return type === '' ? typeof value !== 'object' : isPrimitiveType(type);
}

function converted(call: Call, convert: Convert, scope: Scope): unknown {
  const items = call.input.items(scope);
  if (singleton(items, call.at) === undefined) return undefined;
  return convert(systemValue(items.values[0], items.typeAt(0)), call, scope);
}

function converting(call: Call, convert: Convert, type: string): Node {
  return fromItems(call.at, (scope) => {
    const value = converted(call, convert, scope);
    return value === undefined ? nothing : Collection.of(value, type);
  });
}

function convertible(call: Call, convert: Convert): Node {
  return fromTruth((scope) => {
    const items = call.input.items(scope);
    if (items.size === 0) return undefined;
    if (items.size > 1) throw failure(call, `one item is expected, there are ${items.size}`);
    return converted(call, convert, scope) !== undefined;
  });
}
