import type { Budget } from '@dhp/budget';
import type { SearchParameter } from '@dhp/fhir-search/parameters';
import { compile, type Item } from '@dhp/fhirpath';
import { addItems, itemsBy, type ItemsOf } from '../items.ts';
import { objectOf } from '../json.ts';
import { type Reading, simpleValues } from '../simple-values.ts';
import type { CompositeValue, Value } from '../value.ts';

export type SimpleType = Value['type'] & ('token' | 'string' | 'reference' | 'date' | 'number' | 'quantity' | 'uri');

/** A part of a composite, ready to be evaluated on the items of its expression. */
export interface Component {
  readonly items: ItemsOf;
  readonly type: SimpleType;
  /** Of a composite of the resource itself: members of the resource whose values are the items of the part, with their types. */
  readonly members?: readonly (readonly [name: string, type: string])[] | undefined;
}

/** @throws FhirPathError for a part that cannot be compiled */
export function componentsOf(root: string, parameter: SearchParameter): Component[] {
  return parameter.component.map(({ expression, type }) => ({
    items: itemsBy(compile(expression, { context: 'SearchParameter' })),
    type: type as SimpleType,
    members: root === parameter.expression ? membersOf(root, expression) : undefined,
  }));
}

/** Undefined if the part has a longer way, a code, which depends on its place, or a member that may have extensions beside it. */
function membersOf(root: string, expression: string): [name: string, type: string][] | undefined {
  const { begins } = compile(expression, { context: 'SearchParameter', type: root });
  if (begins === undefined || begins.size === 0) return undefined;
  const members: [string, string][] = [];
  for (const [name, type] of begins) {
    if (type === undefined || type === 'code' || name.startsWith('_')) return undefined;
    members.push([name, type]);
  }
  return members;
}

function itemsOf(resource: unknown, members: NonNullable<Component['members']>): readonly Item[] {
  const items: Item[] = [];
  for (const [name, type] of members) addItems(items, objectOf(resource)[name], type);
  return items;
}

/**
 * The values of one repetition together; empty if a part has none, since only all parts together can match.
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
    const items =
      component.members === undefined ? component.items(value, type, work) : itemsOf(value, component.members);
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
