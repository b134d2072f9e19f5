import type { Budget } from '@dhp/budget';
import type { SearchParameter } from '@dhp/fhir-search/parameters';
import { compile, type Item } from '@dhp/fhirpath';
import { itemsBy, type ItemsOf } from '../items.ts';
import { type Reading, simpleValues } from '../simple-values.ts';
import type { CompositeValue, Value } from '../value.ts';

export type SimpleType = Value['type'] & ('token' | 'string' | 'reference' | 'date' | 'number' | 'quantity' | 'uri');

/** A part of a composite, ready to be evaluated on the items of its expression. */
export interface Component {
  readonly items: ItemsOf;
  readonly type: SimpleType;
}

/** @throws FhirPathError for a part that cannot be compiled */
export function componentsOf(parameter: SearchParameter): Component[] {
  return parameter.component.map(({ expression, type }) => ({
    items: itemsBy(compile(expression, { context: 'SearchParameter' })),
    type: type as SimpleType,
  }));
}

/**
 * The values of one repetition together; nothing when a part has none, since only all parts together can match.
 * https://hl7.org/fhir/R5/search.html#composite
 */
export function compositeValues(
  { value, type }: Item,
  components: readonly Component[],
  reading: Reading,
  work: Budget,
): CompositeValue[] {
  // Most have a code and not this kind of value: all parts are looked up before any is read.
  const parts: (readonly Item[])[] = [];
  for (const component of components) {
    const items = component.items(value, type, work);
    if (items.length === 0) return [];
    parts.push(items);
  }
  const found: Value[][] = [];
  for (let i = 0; i < parts.length; i++) {
    const values = parts[i]!.flatMap((item) => simpleValues(item, components[i]!.type, reading, type));
    if (values.length === 0) return [];
    found.push(values);
  }
  return [{ type: 'composite', components: found }];
}
