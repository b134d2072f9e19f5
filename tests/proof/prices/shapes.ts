/** Random searches of the synthetic population: every parameter that a type has values of, with its modifiers and prefixes, alone, together, through chains, sorted and counted. */
import type { Resource } from '@dhp/fhir-model';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { indexValues } from '@dhp/search-index/rows';
import type { Chance } from '../../../apps/fhir/test/search-oracle/world.ts';
import { writtenAs, type Value, type Written } from './written.ts';
import type { MarkedWorld } from './world.ts';

export interface PricedSearch {
  readonly type: string;
  /** Name and value of each criterion and of `_sort`, not encoded. */
  readonly parameters: readonly (readonly [string, string])[];
  readonly count: number;
  readonly total: 'none' | 'estimate' | 'accurate';
  /** How it asks, without what it asks for: searches of one kind are told together. */
  readonly kind: string;
}

interface Known {
  readonly code: string;
  readonly values: readonly Value[];
}

/** Values of each parameter of each type, as some resources have them. */
export type Pools = ReadonlyMap<string, readonly Known[]>;

const apart = new Set(['_tag', '_id', '_profile', '_security']);

export function poolsOf({ samples }: MarkedWorld): Pools {
  return new Map(
    [...samples].map(([type, resources]) => {
      const values = Map.groupBy(
        resources.flatMap((one) => indexValues(one as unknown as Parameters<typeof indexValues>[0])),
        ({ parameter }) => parameter,
      );
      const known = [...values]
        .filter(([code]) => !apart.has(code))
        .map(([code, all]) => ({ code, values: all.map(({ value }) => value) }));
      return [type, known];
    }),
  );
}

/** A criterion with what it is like. */
interface Asked {
  readonly name: string;
  readonly value: string;
  readonly kind: string;
}

export function pricedSearch(random: Chance, world: MarkedWorld, pools: Pools): PricedSearch {
  const { pick, oneIn } = random;
  const large = [...world.counts].filter(([, count]) => count >= 200).map(([type]) => type);
  const type = pick([...large, 'Observation', 'Observation', 'Patient', 'Encounter', 'Condition']);
  const criteria = Array.from({ length: pick([0, 1, 1, 1, 1, 2, 2, 3]) }, () => asked(random, type, world, pools));
  const sort = oneIn(3) ? sortOf(random, type, pools) : undefined;
  const total = pick(['none', 'none', 'none', 'accurate', 'accurate', 'estimate'] as const);
  const parameters = criteria.map(({ name, value }) => [name, value] as const);
  return {
    type,
    parameters: sort === undefined ? parameters : [...parameters, ['_sort', sort.value] as const],
    count: pick([5, 20, 20, 50]),
    total,
    kind: [
      ...criteria.map(({ kind }) => kind).toSorted(),
      ...(sort === undefined ? [] : [sort.kind]),
      ...(total === 'none' ? [] : [`total ${total}`]),
    ].join(' & '),
  };
}

function asked(random: Chance, type: string, world: MarkedWorld, pools: Pools): Asked {
  const { pick, oneIn } = random;
  switch (pick(['own', 'own', 'own', 'own', 'own', 'own', 'chain', 'has', 'words', 'missing'])) {
    case 'chain':
      return chained(random, type, world, pools) ?? own(random, type, pools);
    case 'has':
      return referring(random, type, pools) ?? own(random, type, pools);
    case 'words': {
      const words = wordsOf(pick(world.samples.get(type)!));
      const name = oneIn(4) ? '_text' : '_content';
      return words.length === 0 ? own(random, type, pools) : { name, value: pick(words), kind: name };
    }
    case 'missing': {
      const { code, values } = pick(pools.get(type)!);
      const value = pick(['true', 'false']);
      return { name: `${code}:missing`, value, kind: `${values[0]!.type}:missing=${value}` };
    }
    default:
      return own(random, type, pools);
  }
}

/** By a value that some resource has; now and then by several. */
function own(random: Chance, type: string, pools: Pools): Asked {
  const { pick, oneIn } = random;
  const { code, values } = pick(pools.get(type)!);
  const one = writtenAs(random, pick(values));
  const more = oneIn(6)
    ? Array.from({ length: 3 }, () => writtenAs(random, pick(values))).filter(
        ({ modifier }) => modifier === one.modifier,
      )
    : [];
  const value = [one, ...more].map((each: Written) => each.value).join(',');
  return { name: `${code}${one.modifier}`, value, kind: `${one.kind}${more.length > 0 ? ' or others' : ''}` };
}

/** Along a reference, to a value that the other resource has. */
function chained(random: Chance, type: string, { samples }: MarkedWorld, pools: Pools): Asked | undefined {
  const ways = [...searchParametersOf(type).values()].flatMap(({ code, target, type: kind }) =>
    kind === 'reference' && pools.get(type)!.some((known) => known.code === code)
      ? target.filter((one) => samples.has(one)).map((one) => [code, one] as const)
      : [],
  );
  if (ways.length === 0) return undefined;
  const [code, target] = random.pick(ways);
  const { name, value, kind } = own(random, target, pools);
  return { name: `${code}:${target}.${name}`, value, kind: `chain ${kind}` };
}

function referring(random: Chance, type: string, pools: Pools): Asked | undefined {
  const ways = [...pools].flatMap(([source, known]) =>
    [...searchParametersOf(source).values()].flatMap(({ code, target, type: kind }) =>
      kind === 'reference' && target.includes(type) && known.some((one) => one.code === code)
        ? [[source, code] as const]
        : [],
    ),
  );
  if (ways.length === 0) return undefined;
  const [source, code] = random.pick(ways);
  const { name, value, kind } = own(random, source, pools);
  return { name: `_has:${source}:${code}:${name}`, value, kind: `_has ${kind}` };
}

const sorted = new Set(['token', 'date', 'string', 'number', 'quantity', 'reference', 'uri']);

function sortOf(random: Chance, type: string, pools: Pools): { readonly value: string; readonly kind: string } {
  const { pick, oneIn } = random;
  const ofValues = pools
    .get(type)!
    .flatMap(({ code, values }) => (sorted.has(values[0]!.type) ? [[code, values[0]!.type] as const] : []));
  const known: readonly (readonly [string, string])[] = [...ofValues, ['_id', 'id'], ['_lastUpdated', 'update']];
  const keys = Array.from({ length: pick([1, 1, 2, 3]) }, () => pick(known)).filter(
    ([code], n, all) => all.findIndex(([other]) => other === code) === n,
  );
  return {
    value: keys.map(([code]) => `${oneIn(2) ? '-' : ''}${code}`).join(','),
    kind: `sort ${keys.map(([, kind]) => kind).join()}`,
  };
}

/** Words of the texts of a resource. */
function wordsOf(resource: Resource): string[] {
  const texts = JSON.stringify(resource).matchAll(/"(?:display|text|family|given|city|div)":\[?"([^"<\\]+)"/g);
  return [...texts].flatMap(([, text]) => text!.match(/\p{L}{4,}/gu) ?? []);
}
