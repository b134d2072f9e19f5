/** Criteria of one resource that are more selective together than each by itself. */
import type { Criterion, Value } from '@dhp/fhir-search';
import { isSingle } from '@dhp/fhir-search/elements';
import { searchParameter } from '@dhp/fhir-search/parameters';
import type { Condition, Interval, Limits } from '../condition/condition.ts';
import { besideCode, codesOfPosted } from '../keys/posted-numbers.ts';
import type { MatchOptions } from '../types/ask.ts';

/** A criterion, and its condition for the index. */
export interface Asked {
  readonly criterion: Criterion;
  readonly condition: Condition;
}

type Compared = Extract<Condition, { op: 'number' | 'quantity' }>;
type Quantity = Extract<Condition, { op: 'quantity' }>;
type OfParameter = Extract<Criterion, { kind: 'parameter' }>;

/**
 * The conditions of a search that must all hold. Limits on a value that resources have once become one range, and a quantity is searched
 * together with a requested code: each by itself leads to many more rows.
 */
export function together(type: string, all: readonly Asked[], { own }: MatchOptions): Condition[] {
  const code = all.map(({ criterion }) => codeIn(criterion)).find((found) => found !== undefined);
  const ranges = new Map<string, Compared>();
  const others: Condition[] = [];
  for (const { criterion, condition } of all) {
    const compared = comparedIn(criterion, condition);
    if (compared === undefined) {
      others.push(condition);
      continue;
    }
    const { parameter } = criterion as OfParameter;
    const placed = compared.op === 'quantity' ? placedBeside(type, parameter, compared, code) : compared;
    const definition = searchParameter(type, parameter, own);
    if (definition === undefined || !isSingle(type, definition)) {
      others.push(placed);
      continue;
    }
    const { interval, ...rest } = placed;
    const name = JSON.stringify([parameter, rest], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const before = ranges.get(name);
    ranges.set(name, before === undefined ? placed : { ...placed, interval: both(before.interval, interval) });
  }
  return [...others, ...ranges.values()];
}

/** The only code of a plain criterion on a parameter that is requested with one. */
function codeIn(criterion: Criterion): { readonly parameter: string; readonly code: string } | undefined {
  if (!isPlain(criterion)) return undefined;
  const [value] = criterion.values as readonly [Value];
  if (value.type !== 'token' || value.code === undefined) return undefined;
  return { parameter: criterion.parameter, code: value.code };
}

function comparedIn(criterion: Criterion, condition: Condition): Compared | undefined {
  return isPlain(criterion) && (condition.op === 'number' || condition.op === 'quantity') ? condition : undefined;
}

function isPlain(criterion: Criterion): criterion is OfParameter {
  if (criterion.kind !== 'parameter') return false;
  return criterion.modifier === undefined && criterion.operator === undefined && criterion.values.length === 1;
}

function placedBeside(type: string, parameter: string, quantity: Quantity, code: ReturnType<typeof codeIn>): Quantity {
  const { posted } = quantity;
  if (code === undefined || posted === undefined || !('words' in posted)) return quantity;
  if (codesOfPosted(type, parameter) !== code.parameter) return quantity;
  return { ...quantity, posted: { ...posted, beside: besideCode(type, parameter, code.code) } };
}

function both({ low: l1, high: h1 }: Interval, { low: l2, high: h2 }: Interval): Interval {
  return { low: tighter(l1, l2), high: tighter(h1, h2) };
}

function tighter(one: Limits = {}, other: Limits = {}): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...one };
  for (const name of ['gt', 'ge'] as const) {
    const limit = other[name];
    if (limit !== undefined) limits[name] = Math.max(limit, limits[name] ?? limit);
  }
  for (const name of ['lt', 'le'] as const) {
    const limit = other[name];
    if (limit !== undefined) limits[name] = Math.min(limit, limits[name] ?? limit);
  }
  return limits;
}
