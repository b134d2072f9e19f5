import { mainDateParameter, withinBundle } from '@dhp/fhir-search/parameters';
import type { Condition } from '../condition/condition.ts';
import { hash64 } from '../keys/hash.ts';
import { keyOf, referenceText, seedOf } from '../keys/keys.ts';
import { presentParameters } from '../keys/usual-parameters.ts';
import type { IndexRow } from '../row/index-row.ts';
import type { RowBuilder } from '../row/row-builder.ts';

/**
 * The first resource of a document or message is part of the Bundle, and need not be stored by itself. For chains such as
 * `Bundle?composition.subject=…` the Bundle also has the rows of that resource, each under its key combined with a mark.
 * https://hl7.org/fhir/R5/bundle.html#search
 */
const marks: Readonly<Record<string, { readonly type: string; readonly mark: bigint }>> = Object.fromEntries(
  [...withinBundle].map(([code, type]) => [code, { type, mark: hash64(`Bundle.${code}`) }]),
);

/** Adds the rows of the first resource of a Bundle to those of the Bundle. */
export function addInlined(rows: RowBuilder, type: string, row: IndexRow): void {
  const found = Object.values(marks).find((one) => one.type === type);
  if (found === undefined) return;
  const { mark } = found;
  for (const key of row.keys) rows.key(key ^ mark);
  for (const code of presentParameters(row.present)) rows.key(seedOf(type, code, 'present') ^ mark);
  for (const { key, low, high, posted } of row.numbers) rows.number(key ^ mark, low, high, posted);
  for (const { key, low, high } of row.dates) rows.date(key ^ mark, low, high);
  for (const { key, text, posted } of row.strings) rows.cutString(key ^ mark, text, posted);
  for (const { key, parameter, text } of row.words) rows.cutWord(parameter ^ mark, key ^ mark, text);
  if (row.mainDate !== undefined) rows.date(mainDateKey(type) ^ mark, row.mainDate.low, row.mainDate.high);
}

function mainDateKey(type: string): bigint {
  return seedOf(type, mainDateParameter(type)!);
}

/**
 * Returns the condition on a Bundle that a condition on its first resource, a Composition or MessageHeader, implies. Tests that need a
 * stored resource (full text, last update, references to it) find nothing.
 * @param parameter of Bundle; the result is undefined if it does not lead to a part of it
 */
export function inlinedCondition(parameter: string, condition: Condition): Condition | undefined {
  const found = Object.hasOwn(marks, parameter) ? marks[parameter] : undefined;
  if (found === undefined) return undefined;
  const { type, mark } = found;
  const present: Condition = { op: 'keys', any: [seedOf('Bundle', parameter, 'present')], expect: 'most' };
  return { op: 'all', of: [present, marked(condition)] };

  function marked(one: Condition): Condition {
    switch (one.op) {
      case 'all':
      case 'any':
        return { op: one.op, of: one.of.map(marked) };
      case 'repetition':
        return { ...one, of: one.of.map(marked) };
      case 'not':
        return { op: 'not', of: marked(one.of) };
      case 'keys': {
        const { op, any, expect } = one;
        return { op, any: any.map((key) => key ^ mark), expect };
      }
      case 'present':
        return { op: 'keys', any: [one.key ^ mark], expect: 'most' };
      case 'term':
        return { ...one, parameter: one.parameter ^ mark };
      case 'number':
      case 'string':
        return { ...one, key: one.key ^ mark };
      case 'date':
        return { ...one, key: (one.key === 'main' ? mainDateKey(type) : one.key) ^ mark };
      case 'quantity':
        return { ...one, seed: one.seed ^ mark, ...(one.units === undefined ? {} : { units: one.units ^ mark }) };
      case 'refers':
        return { ...one, seeds: one.seeds.map((seed) => seed ^ mark) };
      case 'id': {
        const any = one.any.map((id) => keyOf(seedOf('Bundle', parameter), referenceText(type, id)));
        return { op: 'keys', any, expect: 'one' };
      }
      // This condition is beside the reference itself and only leads there faster.
      case 'patient':
        return { op: 'all', of: [] };
      case 'near':
      case 'last-updated':
      case 'referred':
      case 'full-text':
      case 'version':
      case 'boundary':
      case 'cared':
      case 'consented':
      case 'labelled':
      case 'unlabelled':
        return { op: 'any', of: [] };
    }
  }
}
