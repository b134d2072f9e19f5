import { escape } from '../escapes.ts';
import type { FilterTest } from '../../ast/filter.ts';
import { namespaced } from './filter-criterion.ts';

/**
 * Groups of elements without a search parameter, and the composite for two of them together.
 * https://hl7.org/fhir/R5/search_filter.html#params
 */
const groups: Readonly<Record<string, { readonly composite: string; readonly parts: readonly [string, string] }>> = {
  'Group.characteristic': { composite: 'characteristic-value', parts: ['code', 'value'] },
  'DocumentReference.relatesTo': { composite: 'relationship', parts: ['code', 'target'] },
};

/** `characteristic[code eq gender].value eq mixed` as the composite `characteristic-value=gender$mixed`; undefined for other tests. */
export function compositeTest(type: string, test: FilterTest): { name: string; value: string } | undefined {
  const [group, member, ...more] = test.path;
  const known = group === undefined ? undefined : groups[`${type}.${group.name}`];
  const inner = group?.filter;
  if (known === undefined || inner?.kind !== 'test' || member === undefined || more.length > 0) return undefined;
  const asked = new Map([
    [member.name, test],
    [inner.path.map(({ name }) => name).join('.'), inner],
  ]);
  const values = known.parts.map((part) => {
    const one = asked.get(part);
    return one !== undefined && (one.operator === 'eq' || one.operator === 're') ? component(one.value) : undefined;
  });
  return values.includes(undefined) ? undefined : { name: known.composite, value: values.join('$') };
}

/** The value of a token, whose bar still separates system and code. */
function component(value: string): string {
  return namespaced(value).split('|').map(escape).join('|');
}
