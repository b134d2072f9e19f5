/** Searches that each have a statement of their own: what they ask, the order, what is included, counted and seen, put together at random. */
import { type SearchParameter, searchParametersOf } from '@dhp/fhir-search/parameters';
import type { Random } from '../../random.ts';
import type { CallerName } from '../callers.ts';
import type { Sent } from '../entry.ts';
import { criterion, randomType } from './criteria.ts';

/** Callers, since their rules are a part of the statements. */
const ofAllTypes: readonly CallerName[] = ['patientReads', 'userAsPatient'];
const ofObservations: readonly CallerName[] = [...ofAllTypes, 'laboratory', 'finals', 'patientObservations', 'mixed'];
const sorted = new Set(['string', 'token', 'date', 'number', 'quantity', 'reference', 'uri']);
const neverSorted = new Set(['_list', '_in', '_has', '_type', '_query', '_filter', '_text', '_content']);
const comparisons: Readonly<Record<string, readonly string[]>> = {
  string: ['eq "Kar"', 'co "ar"', 'sw "Ka"', 'ew "ov"', 'ne "x"', 'pr true'],
  token: ['eq final', 'ne final', 'pr false', 'eq "8480-6"'],
  date: ['gt 2021', 'lt 2022-05', 'ge 2020-01-01', 'sa 2021', 'pr true'],
  number: ['gt 1', 'le 5'],
  quantity: ['gt 20', 'lt 100', 'pr true'],
  reference: ['eq "Patient/p1"', 'pr true'],
  uri: ['eq "https://example.org"', 'sw "https"', 'pr true'],
};

/** @returns a search whose statements are recorded */
export function shapedSearch(random: Random): Sent {
  const type = randomType(random);
  const parts = Array.from({ length: random.pick([1, 2, 2, 3, 4]) }, () => criterion(type, random));
  if (!random.oneIn(3)) parts.push(`_sort=${orderOf(type, random)}`);
  if (random.oneIn(3)) parts.push(`_filter=${encodeURIComponent(filterOf(type, random, 2))}`);
  if (random.oneIn(4)) parts.push(includeOf(type, random));
  if (!random.oneIn(3)) parts.push(`_total=${random.pick(['accurate', 'estimate'])}`);
  if (random.oneIn(8)) parts.push(`_contained=${random.pick(['true', 'both'])}`);
  if (random.oneIn(8)) parts.push('_summary=count');
  parts.push(`_count=${random.pick([2, 5, 20])}`);
  const as = random.oneIn(4) ? { as: random.pick(type === 'Observation' ? ofObservations : ofAllTypes) } : {};
  return { method: 'GET', path: `${placeOf(type, random)}${parts.join('&')}`, statements: true, ...as };
}

function placeOf(type: string, random: Random): string {
  if (random.oneIn(10)) return `/Patient/p${random.below(25)}/${type}?`;
  return random.oneIn(10) ? `?_type=${type},Patient&` : `/${type}?`;
}

function parametersOf(type: string): SearchParameter[] {
  return [...searchParametersOf(type).values()].filter((one) => sorted.has(one.type) && !neverSorted.has(one.code));
}

function orderOf(type: string, random: Random): string {
  const keys = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(parametersOf(type)).code);
  return [...new Set(keys)].map((key) => `${random.oneIn(2) ? '-' : ''}${key}`).join(',');
}

function filterOf(type: string, random: Random, depth: number): string {
  if (depth > 0 && random.oneIn(2)) {
    const of = [0, 1].map(() => filterOf(type, random, depth - 1));
    return random.oneIn(4) ? `not (${of[0]})` : `(${of.join(random.pick([' and ', ' or ']))})`;
  }
  const { code, type: kind } = random.pick(parametersOf(type));
  return `${code} ${random.pick(comparisons[kind]!)}`;
}

function includeOf(type: string, random: Random): string {
  const references = parametersOf(type).filter((one) => one.type === 'reference');
  if (references.length === 0 || random.oneIn(4)) return random.pick(['_include=*', '_revinclude=*']);
  const { code } = random.pick(references);
  return `_include=${type}:${code}${random.oneIn(3) ? '&_include:iterate=Patient:organization' : ''}`;
}
