import { normaliseString } from '@dhp/name-scripts';
import type { SearchParameter } from '@dhp/fhir-search/parameters';
import { understandSearch } from '../../src/index.ts';
import { found, keep } from '../matcher.ts';
import type { Compared, Said } from './compare.ts';
import type { Fact } from './facts.ts';

/** Searches derived from the values of examples, and their results. */
export interface Searched {
  searches: number;
  hits: number;
  /** How many resources they had to leave out. */
  misses: number;
  readonly differences: string[];
}

/** A search, and whether it must find a resource that says so; it must find no other. */
interface Derived {
  readonly value: string;
  readonly modifier?: string;
  readonly meets: (said: Said) => boolean;
}

/** A search by one value. */
interface ByFact {
  readonly value: string;
  readonly modifier?: string;
  readonly meets: (fact: Fact) => boolean;
}

const options = { timeZone: 'UTC', now: new Date(0), ownBases: [], lenient: false };
const perParameter = 9;

/**
 * For every parameter of a resource type searches for some of the values that examples have: all examples that say so by the
 * reference engine must be found, and no other.
 * @param compared examples of one type
 */
export function searchAll(compared: readonly Compared[], outcome: Searched): void {
  // The same id may be used twice; here each has its own.
  const resources = compared.map(({ resource }, i) => ({ ...resource, id: `n${i}` }));
  const kept = keep(resources, { timeZone: 'UTC' });
  const parameters = new Map(compared.flatMap(({ said }) => said.map(({ parameter }) => [parameter.code, parameter])));
  for (const [code, parameter] of parameters) {
    const said = compared.map((one) => one.said.find((its) => its.parameter.code === code));
    for (const search of searchesFor(
      parameter,
      said.flatMap((one) => one ?? []),
    )) {
      const expected = said.flatMap((one, i) =>
        one !== undefined && search.meets(one) ? [`${kept[i]!.type}/n${i}`] : [],
      );
      const name = search.modifier === undefined ? code : `${code}:${search.modifier}`;
      const { query } = understandSearch({ type: compared[0]!.resource.resourceType }, [[name, search.value]], options);
      const actual = found(query, kept);
      outcome.searches++;
      outcome.hits += expected.length;
      outcome.misses += kept.length - expected.length;
      if (actual.join() !== expected.join()) {
        const files = (ids: readonly string[]) => ids.map((id) => compared[Number(id.split('/n')[1])]!.name).join(' ');
        const [lost, extra] = [
          expected.filter((id) => !actual.includes(id)),
          actual.filter((id) => !expected.includes(id)),
        ];
        const { base } = parameter;
        outcome.differences.push(`${base}.${name}=${search.value}: lost ${files(lost)}; extra ${files(extra)}`);
      }
    }
  }
}

/** Some, by values as different as can be had. */
function searchesFor(parameter: SearchParameter, all: readonly Said[]): Derived[] {
  const searches = new Map<string, Derived>();
  for (const { facts, tuples } of all) {
    for (const { meets, ...rest } of facts.flatMap((fact) => searchesOf(fact, parameter))) {
      searches.set(keyOf(rest), { ...rest, meets: (said) => said.facts.some(meets) });
    }
    for (const parts of tuples) {
      const byPart = parts.map((some) => some.flatMap((fact) => searchesOf(fact, parameter)));
      const chosen = byPart.map((some) =>
        some.find(({ modifier, value }) => modifier === undefined && !value.endsWith('|')),
      );
      if (chosen.includes(undefined)) continue;
      const value = chosen.map((one) => one!.value).join('$');
      const meets = (said: Said) => said.tuples.some((other) => chosen.every((one, i) => other[i]!.some(one!.meets)));
      searches.set(value, { value, meets });
    }
    if (searches.size >= perParameter) break;
  }
  return [...searches.values()].filter(({ value }) => value !== '').slice(0, perParameter);
}

const keyOf = ({ modifier = '', value }: Omit<ByFact, 'meets'>) => `${modifier} ${value}`;

/** As a value in a search is written. https://hl7.org/fhir/R5/search.html#escaping */
const escaped = (text: string) => text.replaceAll(/[\\,$|]/g, '\\$&');

function searchesOf(fact: Fact, parameter: SearchParameter): ByFact[] {
  switch (fact.kind) {
    case 'token': {
      const { code, system } = fact;
      const byCode = (other: Fact) => other.kind === 'token' && other.code === code;
      const both = (other: Fact) => byCode(other) && other.kind === 'token' && other.system === system;
      return [
        { value: escaped(code), meets: byCode },
        ...(system === undefined ? [] : [{ value: `${escaped(system)}|${escaped(code)}`, meets: both }]),
      ];
    }
    case 'system': {
      const { system } = fact;
      return [{ value: `${escaped(system)}|`, meets: (other) => other.kind === 'system' && other.system === system }];
    }
    case 'text': {
      const text = normaliseString(fact.text);
      const meets = (other: Fact) => other.kind === 'text' && normaliseString(other.text).startsWith(text);
      // A text longer than the limit is truncated on both sides.
      return text.length > 200 ? [] : [{ modifier: 'text', value: escaped(fact.text), meets }];
    }
    case 'typed': {
      const value = fact.text.split('|').map(escaped).join('|');
      return [{ modifier: 'of-type', value, meets: (other) => other.kind === 'typed' && other.text === fact.text }];
    }
    case 'reference': {
      // A text that names neither a type nor an address is not a reference, although an example has it.
      if (!/[/:]/.test(fact.text)) return [];
      const value = fact.text.replaceAll(/[\\,$]/g, '\\$&');
      return [{ value, meets: (other) => other.kind === 'reference' && other.text === fact.text }];
    }
    case 'identifier': {
      const { system, value } = fact;
      const meets = (other: Fact) => other.kind === 'identifier' && other.system === system && other.value === value;
      return [{ modifier: 'identifier', value: `${escaped(system)}|${escaped(value)}`, meets }];
    }
    case 'string': {
      const text = normaliseString(fact.text);
      const starts = (other: Fact) => other.kind === 'string' && normaliseString(other.text).startsWith(text);
      const exact = (other: Fact) => other.kind === 'string' && other.text === fact.text;
      const value = escaped(fact.text);
      return text.length > 200 || text === ''
        ? []
        : [
            { value, meets: starts },
            { modifier: 'exact', value, meets: exact },
          ];
    }
    case 'uri':
      return [{ value: escaped(fact.text), meets: (other) => other.kind === 'uri' && other.text === fact.text }];
    case 'date': {
      const { low, high, text } = fact;
      if (text === undefined || parameter.code === '_lastUpdated') return [];
      const within = (other: Fact) => other.kind === 'date' && other.low >= low && other.high <= high;
      const after = (other: Fact) => other.kind === 'date' && other.low >= high;
      return [
        { value: text, meets: within },
        { value: `sa${text}`, meets: after },
      ];
    }
    case 'number':
      return [{ value: `ge${fact.low}`, meets: (other) => other.kind === 'number' && other.high >= fact.low }];
    case 'quantity': {
      const [, code, unit] = fact.unit;
      const asked = code === '' ? unit : code;
      if (asked === '' || !Number.isFinite(fact.low)) return [];
      const meets = (other: Fact) =>
        other.kind === 'quantity' && (other.unit[1] === asked || other.unit[2] === asked) && other.high > fact.low;
      return [{ value: `gt${fact.low}||${escaped(asked)}`, meets }];
    }
  }
}
