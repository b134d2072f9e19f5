/** Filters of a subscription, read against its topic. https://hl7.org/fhir/R5/subscription-definitions.html#Subscription.filterBy */
import { searchParameter } from '@dhp/fhir-search/parameters';
import type { Condition } from '@dhp/search-index';
import { isCompared } from './can-filter-by.ts';
import type { TopicChange } from './change.ts';
import type { Faults } from './compile.ts';
import { lookedAtByAll, readCriteria } from './criteria.ts';
import { equalityKeys, keysOfRow } from './equality.ts';
import { isText, objects, shown, type Json } from './json.ts';
import { isMet } from './told.ts';
import type { CanFilterBy, CompiledTopic, Criteria, Reading, TopicFault, Wrong } from './topic.ts';
import { typeNamed, whichType } from './type-named.ts';

/** The filters on changes of one type, all of which must be met. */
export interface TypeFilter extends Criteria {
  /** A change that meets the condition has one of these among its keys (`keysOfChange`); undefined if no keys are known. */
  readonly keys: readonly bigint[] | undefined;
}

export interface CompiledFilters {
  /** By the type of a trigger; changes of other types all pass. */
  readonly byType: ReadonlyMap<string, TypeFilter>;
}

/** Filters of one subscription. */
const mostFilters = 50;

/**
 * `Subscription.filterBy` compiled, or all its faults: parameters, comparators and modifiers that the topic does not offer, and invalid
 * values.
 */
export function compileFilters(
  topic: CompiledTopic,
  filterBy: unknown,
  reading: Reading,
): { readonly filters: CompiledFilters } | { readonly faults: Faults } {
  const faults: TopicFault[] = [];
  const given = objects(filterBy);
  if (given.length > mostFilters)
    faults.push({ place: 'Subscription.filterBy', message: `at most ${mostFilters}, not ${given.length}` });
  const conditions = given.slice(0, mostFilters).flatMap(([n, filter]) => {
    const wrong: Wrong = (element, message) => {
      faults.push({ place: `Subscription.filterBy[${n}].${element}`, message });
      return undefined;
    };
    return readFilter(topic, filter, reading, wrong);
  });
  const [first, ...others] = faults;
  if (first !== undefined) return { faults: [first, ...others] };
  const byType = [...Map.groupBy(conditions, ([type]) => type)].map(([type, those]) => {
    const condition: Condition = { op: 'all', of: those.map(([, each]) => each.condition) };
    const looksAt = lookedAtByAll(those.map(([, each]) => each.looksAt));
    return [type, { condition, looksAt, keys: equalityKeys(condition) }] as const;
  });
  return { filters: { byType: new Map(byType) } };
}

/** Whether a change meets the filters: an update by its new state, a deletion by the deleted state. @throws BudgetSpent */
export function meetsFilters({ byType }: CompiledFilters, { type, id, told }: TopicChange): boolean {
  const filter = byType.get(type);
  if (filter === undefined) return true;
  return told !== undefined && isMet(filter.condition, id, told.row());
}

/** The keys by which filters that test for equality are looked up; an empty set for a change whose state is unknown. @throws BudgetSpent */
export function keysOfChange({ id, told }: TopicChange): ReadonlySet<bigint> {
  return told === undefined ? new Set() : keysOfRow(id, told.row());
}

/** A criterion for each type that the filter is about. */
function readFilter(topic: CompiledTopic, given: Json, reading: Reading, wrong: Wrong): [string, Criteria][] {
  const { resourceType, filterParameter: name } = given;
  const type = resourceType === undefined ? undefined : typeNamed(resourceType);
  if (resourceType !== undefined && type === undefined) return none(wrong, 'resourceType', whichType(resourceType));
  if (type !== undefined && !topic.types.has(type)) {
    const types = [...topic.types].join(', ');
    return none(wrong, 'resourceType', `a type that the topic is about (${types}), not ${type}`);
  }
  const offered = topic.canFilterBy.filter(({ types }) => type === undefined || types.includes(type));
  const meant = offered.filter(({ names }) => names.includes(String(name)));
  if (meant.length === 0) {
    const names = [...new Set(offered.map(({ names: [first = ''] }) => first))].join(', ');
    const cure = names === '' ? 'no filter, as the topic offers none' : `a filter that the topic offers (${names})`;
    return none(wrong, 'filterParameter', `${cure}, not ${shown(name)}`);
  }
  return meant.flatMap((filter) =>
    filter.types
      .filter((each) => type === undefined || each === type)
      .flatMap((each) => {
        const found = criterion(each, filter, given, reading, wrong);
        return found === undefined ? [] : [[each, found] as [string, Criteria]];
      }),
  );
}

function none(wrong: Wrong, element: string, message: string): [] {
  wrong(element, message);
  return [];
}

const prefix = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+.\d])/;

function criterion(
  type: string,
  offered: CanFilterBy,
  given: Json,
  reading: Reading,
  wrong: Wrong,
): Criteria | undefined {
  const { parameter } = offered;
  const found = searchParameter(type, parameter, reading.own);
  const asked = askedIn(given, found !== undefined && isCompared(found));
  const [element, message] = refusal(offered, asked) ?? [];
  if (element !== undefined && message !== undefined) {
    wrong(element, message);
    return undefined;
  }
  const { modifier, values } = asked;
  const comparator = asked.isOrdered ? asked.comparator : undefined;
  const name = modifier === undefined || modifier === 'type' ? parameter : `${parameter}:${modifier}`;
  const criteria = readCriteria(type, [[name, values.map((each) => `${comparator ?? ''}${each}`).join()]], reading);
  if (typeof criteria !== 'string') return criteria;
  wrong('value', criteria);
  return undefined;
}

interface AskedFilter {
  readonly modifier: string | undefined;
  readonly comparator: string | undefined;
  /** The parts between commas, as given. */
  readonly values: readonly string[];
  /** Whether values can have comparators. */
  readonly isOrdered: boolean;
  /** Comparators within the values. */
  readonly prefixes: readonly string[];
}

function askedIn({ comparator, modifier, value }: Json, isCompared: boolean): AskedFilter {
  const values = isText(value) ? value.split(/(?<!\\),/) : [];
  const isOrdered = isCompared && modifier === undefined;
  const prefixes = isOrdered ? values.flatMap((each) => prefix.exec(each)?.[1] ?? []) : [];
  return { modifier: nameIn(modifier), comparator: nameIn(comparator), values, isOrdered, prefixes };
}

/** The element that the topic does not allow, and a message that states what it offers. */
function refusal(
  { comparators, modifiers }: CanFilterBy,
  { modifier, comparator, values, prefixes }: AskedFilter,
): readonly [element: string, message: string] | undefined {
  if (values.length === 0) return ['value', 'a value as a search has it'];
  if (modifier !== undefined && !modifiers.has(modifier)) return ['modifier', offer('modifier', modifiers, modifier)];
  if (comparator !== undefined && prefixes[0] !== undefined)
    return ['value', `a value without ${prefixes[0]}, as there is a comparator`];
  if (comparator !== undefined && comparator !== 'eq' && !comparators.has(comparator))
    return ['comparator', offer('comparator', comparators, comparator)];
  const refused = prefixes.find((one) => one !== 'eq' && !comparators.has(one));
  if (refused !== undefined) return ['value', offer('comparator', comparators, refused)];
  if (modifier === 'type' && !values.every((each) => /^[A-Z][A-Za-z]+\/[^/]+$/.test(each)))
    return ['value', 'a reference with its type, such as Patient/123'];
  return undefined;
}

function nameIn(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : shown(value);
}

function offer(of: 'comparator' | 'modifier', offered: ReadonlySet<string>, given: unknown): string {
  const names = [...offered].join(', ');
  return `${names === '' ? `no ${of}, as the topic offers none` : `one that the topic offers (${names})`}, not ${shown(given)}`;
}
