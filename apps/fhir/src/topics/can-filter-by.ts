/** Parameters by which subscriptions may narrow a topic. https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.canFilterBy */
import { modifiersOf } from '@dhp/fhir-search/elements';
import { searchParametersOf, type SearchParameter } from '@dhp/fhir-search/parameters';
import { nearest } from '../http/nearest.ts';
import { readCriteria } from './criteria.ts';
import { isText, objects, shown, texts, type Json } from './json.ts';
import type { CanFilterBy, Reading, Wrong } from './topic.ts';
import { typeNamed, whichType } from './type-named.ts';

const mostFilters = 50;

/** @param types the types of the triggers */
export function readCanFilterBy(
  given: unknown,
  types: readonly string[],
  reading: Reading,
  wrong: Wrong,
): CanFilterBy[] {
  const found = objects(given);
  if (found.length > mostFilters) wrong('canFilterBy', `at most ${mostFilters}, not ${found.length}`);
  return found.slice(0, mostFilters).flatMap(([number, filter]) => {
    const wrongHere: Wrong = (element, message) => wrong(`canFilterBy[${number}].${element}`, message);
    return readFilter(filter, types, reading, wrongHere) ?? [];
  });
}

function readFilter(given: Json, types: readonly string[], reading: Reading, wrong: Wrong): CanFilterBy | undefined {
  const { filterParameter: name, filterDefinition } = given;
  const meant = typesMeant(given['resource'], types, wrong);
  if (meant === undefined || types.length === 0) return undefined;
  if (!isText(name)) {
    wrong('filterParameter', 'the name of a search parameter, or its canonical');
    return undefined;
  }
  const found = meant.flatMap((type) => {
    const parameter = parameterNamed(type, [name, filterDefinition], reading);
    return parameter === undefined ? [] : [[type, parameter] as const];
  });
  const [first] = found;
  if (first === undefined) {
    const known = meant.flatMap((type) => [...searchParametersOf(type, reading.own).keys()]);
    const near = nearest(name.slice(0, 60), [...new Set(known)]);
    const alike = near.length === 0 ? '' : `. Did you mean ${near.join(' or ')}?`;
    wrong('filterParameter', `a search parameter of ${meant.join(' or ')}, not ${shown(name)}${alike}`);
    return undefined;
  }
  for (const [type, parameter] of found) if (!checkParameter(type, parameter, given, reading, wrong)) return undefined;
  const [, { code, url }] = first;
  return {
    types: found.map(([type]) => type),
    names: [...new Set([name, code, url])],
    parameter: code,
    comparators: new Set(texts(given['comparator'])),
    modifiers: new Set(texts(given['modifier'])),
  };
}

/** The types of the triggers that the filter is for; all of them if it names no type, or a base type of all resources. */
function typesMeant(resource: unknown, types: readonly string[], wrong: Wrong): readonly string[] | undefined {
  const isOfAll = typeof resource === 'string' && /^(.*\/)?(Resource|DomainResource)$/.test(resource);
  if (resource === undefined || isOfAll) return types;
  const type = typeNamed(resource);
  if (type === undefined) {
    wrong('resource', whichType(resource));
    return undefined;
  }
  if (types.includes(type)) return [type];
  wrong('resource', `the resource of a trigger (${types.join(', ')}), not ${type}`);
  return undefined;
}

function parameterNamed(type: string, names: readonly unknown[], { own }: Reading): SearchParameter | undefined {
  const all = searchParametersOf(type, own);
  return all.get(String(names[0])) ?? [...all.values()].find(({ url }) => names.includes(url));
}

/** Whether it can be evaluated on a resource alone, with the comparators and modifiers that the topic offers. */
function checkParameter(
  type: string,
  parameter: SearchParameter,
  given: Json,
  reading: Reading,
  wrong: Wrong,
): boolean {
  const { code } = parameter;
  if (parameter.type === 'composite' || parameter.type === 'special') {
    wrong('filterParameter', `a parameter of one value, which ${code} of type ${parameter.type} is not`);
    return false;
  }
  const plain = readCriteria(type, [[code, valueOf(parameter)]], reading);
  if (typeof plain === 'string') {
    wrong('filterParameter', plain);
    return false;
  }
  const faults = [
    ...texts(given['comparator']).map((one, n) => [`comparator[${n}]`, comparatorFault(parameter, one)] as const),
    ...texts(given['modifier']).map(
      (one, n) => [`modifier[${n}]`, modifierFault(type, parameter, one, reading)] as const,
    ),
  ];
  const told = faults.filter(([, message]) => message !== undefined);
  for (const [element, message] of told) wrong(element, message!);
  return told.length === 0;
}

/** https://hl7.org/fhir/R5/valueset-search-comparator.html */
const comparators: readonly string[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

/** Whether values of a parameter can be compared, not only tested for equality. */
export function isCompared({ type }: Pick<SearchParameter, 'type'>): boolean {
  return type === 'number' || type === 'date' || type === 'quantity';
}

function comparatorFault({ code, type }: SearchParameter, comparator: string): string | undefined {
  if (!comparators.includes(comparator)) return `one of ${comparators.join(', ')}, not ${shown(comparator)}`;
  if (comparator === 'eq' || (isCompared({ type }) && !(type === 'date' && comparator === 'ap'))) return undefined;
  return type === 'date'
    ? 'no ap of dates, which asks for something else at another time'
    : `eq alone: ${code} is of type ${type}, whose values have no order`;
}

function modifierFault(
  type: string,
  parameter: SearchParameter,
  modifier: string,
  reading: Reading,
): string | undefined {
  const { code } = parameter;
  const possible = [...modifiersOf(type, parameter), ...(parameter.type === 'reference' ? ['type'] : [])];
  if (!possible.includes(modifier))
    return `one of ${possible.join(', ') || 'none'}, which ${code} of ${type} can have, not ${shown(modifier)}`;
  if (modifier === 'type') return undefined;
  const asked = readCriteria(type, [[`${code}:${modifier}`, valueOf(parameter, modifier)]], reading);
  if (typeof asked !== 'string') return undefined;
  return `a modifier that the resource itself answers, which :${modifier} of ${code} is not: ${asked}`;
}

/** A value that the parameter can have. */
function valueOf({ type, target }: SearchParameter, modifier?: string): string {
  if (modifier === 'missing') return 'true';
  if (modifier === 'of-type') return 'http://example.org|a|b';
  switch (type) {
    case 'date':
      return '2026-01-01';
    case 'number':
    case 'quantity':
      return '1';
    case 'uri':
      return 'http://example.org/a';
    case 'reference':
      return modifier === 'identifier' ? 'http://example.org|a' : `${target[0] ?? 'Patient'}/a`;
    case 'token':
    case 'string':
    case 'composite':
    case 'special':
      // A code, an id, a text and a truth.
      return modifier === 'in' || modifier === 'not-in' ? 'http://example.org/a' : 'true';
  }
}
