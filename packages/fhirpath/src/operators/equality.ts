import { Primitive, type Collection } from '../collection.ts';
import type { Run } from '../scope.ts';
import { Decimal } from '../values/decimal.ts';
import { commensurate, Quantity, quantityKey } from '../values/quantity.ts';
import { compareTemporal, isTemporal, temporalKey } from '../values/temporal.ts';
import { isNumber, systemValue } from './system-value.ts';

/** `=` between collections; undefined is empty. https://hl7.org/fhirpath/N1/#equals */
export function equalCollections(a: Collection, b: Collection, run: Run): boolean | undefined {
  if (a.size === 0 || b.size === 0) return undefined;
  if (a.size !== b.size) return false;
  if (a.size === 1) return equalItems(a, 0, b, 0, run);
  for (let i = 0; i < a.size; i++) {
    if (equalItems(a, i, b, i, run) !== true) return false;
  }
  return true;
}

/** `~` between collections: order does not matter, two empty ones are equivalent. https://hl7.org/fhirpath/N1/#equivalent */
export function equivalentCollections(a: Collection, b: Collection, run: Run): boolean {
  if (a.size !== b.size) return false;
  const left = new Set(Array.from({ length: b.size }, (_, i) => i));
  for (let i = 0; i < a.size; i++) {
    let match: number | undefined;
    for (const j of left) {
      run.spend(1);
      if (!equivalent(systemValue(a.values[i], a.typeAt(i)), systemValue(b.values[j], b.typeAt(j)), run)) continue;
      match = j;
      break;
    }
    if (match === undefined) return false;
    left.delete(match);
  }
  return true;
}

/** Whether two items are equal; undefined if that is undecidable (precision of dates, units). */
export function equalItems(a: Collection, i: number, b: Collection, j: number, run: Run): boolean | undefined {
  run.spend(1);
  const left = a.values[i];
  const right = b.values[j];
  const leftType = a.typeAt(i);
  const rightType = b.typeAt(j);
  const result = equalValues(systemValue(left, leftType), systemValue(right, rightType), run);
  // Two elements of resources are equal only with equal ids and extensions; a literal has none to compare.
  if (result !== true || (!(left instanceof Primitive) && !(right instanceof Primitive))) return result;
  if (leftType.startsWith('System.') || rightType.startsWith('System.')) return result;
  const siblingOf = (value: unknown) => (value instanceof Primitive ? value.sibling : undefined);
  return deepEqual(siblingOf(left), siblingOf(right), run);
}

function equalValues(a: unknown, b: unknown, run: Run): boolean | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length > 64 && a.length === b.length) run.spend(a.length >> 6);
    return a === b;
  }
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return equalNumbers(a, b);
  if (isTemporal(a) && isTemporal(b)) {
    if ((a.temporal === 'time') !== (b.temporal === 'time')) return false;
    const order = compareTemporal(a, b, run.impliedZone);
    return order === undefined ? undefined : order === 0;
  }
  const [left, right] = [asQuantity(a, b), asQuantity(b, a)];
  if (left !== undefined && right !== undefined) {
    const values = commensurate(left, right, run.environment.convertUnit);
    return values && values[0].compare(values[1]) === 0;
  }
  return deepEqual(a, b, run);
}

function equalNumbers(a: number | bigint | Decimal, b: number | bigint | Decimal): boolean {
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a === b;
  return Decimal.of(a).compare(Decimal.of(b)) === 0;
}

/** A number together with a quantity has unit 1. */
export function asQuantity(value: unknown, other: unknown): Quantity | undefined {
  if (value instanceof Quantity) return value;
  return other instanceof Quantity && isNumber(value) ? new Quantity(Decimal.of(value), '1') : undefined;
}

/** Structural equality of raw JSON, members in any order. */
function deepEqual(a: unknown, b: unknown, run: Run): boolean {
  if (a === b) {
    if (typeof a === 'string' && a.length > 64) run.spend(a.length >> 6);
    return true;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    run.spend(a.length);
    return a.every((item, i) => deepEqual(item, b[i], run));
  }
  const keys = Object.keys(a);
  run.spend(keys.length);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(member(a, key), member(b, key), run));
}

const member = (object: object, key: string) => (object as Readonly<Record<string, unknown>>)[key];

function foldedEqual(a: string, b: string, run: Run): boolean {
  run.spend((a.length + b.length) >> 4);
  return folded(a) === folded(b);
}

const folded = (text: string) => text.toUpperCase().replace(/\p{White_Space}/gu, ' ');

function equivalent(a: unknown, b: unknown, run: Run): boolean {
  if (typeof a === 'string' && typeof b === 'string') return foldedEqual(a, b, run);
  if (isNumber(a) && isNumber(b)) return Decimal.of(a).isEquivalentTo(Decimal.of(b));
  if (isTemporal(a) && isTemporal(b)) {
    return a.temporal === b.temporal && compareTemporal(a, b, run.impliedZone) === 0;
  }
  const [left, right] = [asQuantity(a, b), asQuantity(b, a)];
  if (left !== undefined && right !== undefined) {
    const values = commensurate(left, right, run.environment.convertUnit);
    return values?.[0].isEquivalentTo(values[1]) ?? false;
  }
  return deepEquivalent(a, b, run);
}

function deepEquivalent(a: unknown, b: unknown, run: Run): boolean {
  run.spend(1);
  if (typeof a === 'string' && typeof b === 'string') return foldedEqual(a, b, run);
  if (typeof a === 'number' && typeof b === 'number') return Decimal.of(a).isEquivalentTo(Decimal.of(b));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) && Array.isArray(b)) {
    const left: unknown[] = [...(b as unknown[])];
    return (
      a.length === b.length &&
      a.every((item) => {
        const match = left.findIndex((other) => deepEquivalent(item, other, run));
        if (match !== -1) left.splice(match, 1);
        return match !== -1;
      })
    );
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEquivalent(member(a, key), member(b, key), run));
}

/** Equal items have equal keys; undefined for items that must be compared pair by pair (units may be convertible). */
export function itemKey(items: Collection, i: number, run: Run): string | undefined {
  const raw = items.values[i];
  const value = systemValue(raw, items.typeAt(i));
  if (raw instanceof Primitive) return undefined;
  if (value instanceof Quantity) {
    if (run.environment.convertUnit !== undefined) return undefined;
    return value.unit === '1' && !value.calendar ? `#${value.value.key()}` : `q${quantityKey(value)}`;
  }
  run.spend(1);
  if (typeof value === 'string') {
    run.spend(value.length >> 6);
    return `"${value}`;
  }
  if (isNumber(value)) return `#${Number.isSafeInteger(value) ? String(value) : Decimal.of(value).key()}`;
  if (isTemporal(value)) return `@${temporalKey(value, run.impliedZone)}`;
  const key = sortedJson(value);
  run.spend(key.length >> 3);
  return key;
}

function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson(member(value, key))}`).join(',')}}`;
}

/** Up to this many items are compared with one another, which is faster than making keys. */
const few = 8;

/** A set of items under `=`. Many items go by their keys. */
export class ItemSet {
  readonly items: Collection;
  readonly #run: Run;
  readonly #keys = new Set<string>();
  /** Indexes of the items that have no key. */
  readonly #keyless: number[] = [];
  /** Number of items with keys: none while they are few. */
  #noted = 0;

  /** The set takes over the collection, which holds no two equal items or is not asked for afterwards. */
  constructor(items: Collection, run: Run) {
    this.items = items;
    this.#run = run;
    run.spend(items.size);
  }

  has(from: Collection, i: number): boolean {
    const { items } = this;
    if (items.size > few) {
      for (; this.#noted < items.size; this.#noted++) this.#note(this.#noted);
      const key = itemKey(from, i, this.#run);
      if (key !== undefined) {
        return this.#keys.has(key) || this.#keyless.some((j) => equalItems(items, j, from, i, this.#run) === true);
      }
    }
    for (let j = 0; j < items.size; j++) {
      if (equalItems(items, j, from, i, this.#run) === true) return true;
    }
    return false;
  }

  /** Adds the item unless an equal one is present; returns whether it was added. */
  add(from: Collection, i: number): boolean {
    if (this.has(from, i)) return false;
    this.items.take(from, i);
    return true;
  }

  #note(i: number): void {
    const key = itemKey(this.items, i, this.#run);
    if (key === undefined) this.#keyless.push(i);
    else this.#keys.add(key);
  }
}
