import type { Include, JsonResource } from '@dhp/fhir-search';
import { type OwnParameters, searchParameter, searchParametersOf } from '@dhp/fhir-search/parameters';
import { anyReference, keyOf, referenceText, seedOf } from '../keys/keys.ts';
import { hash64 } from '../keys/hash.ts';
import { isSubject, referenceSeed } from '../keys/shared-references.ts';
import { referencesOf } from '../indexing/references-of.ts';
import type { FoundVersion } from '../page/found-version.ts';
import { all, type RowCondition } from '../row-condition/row-condition.ts';

/** Resources that an include asks for: those of a type, or of any when it is undefined, that meet a condition. */
export interface Wanted {
  readonly type: string | undefined;
  readonly where: RowCondition;
}

/** Returns the targets of some resources by an include's parameter: resources of this server, and canonicals by their URL. */
export function referredTo(
  include: Include,
  resources: readonly JsonResource[],
  reading: { readonly ownBases: readonly string[]; readonly own: OwnParameters },
): Wanted[] {
  const { source, parameter, target, except } = include;
  const own = new Map<string, Set<string>>();
  const canonicals = new Map<string, Canonicals>();
  for (const resource of resources) {
    if (source !== '*' && resource.resourceType !== source) continue;
    for (const found of referencesOf(resource, parameter === '*' ? '*' : [parameter], reading)) {
      if (except?.has(`${resource.resourceType}.${found.parameter}`) === true) continue;
      const { type, id, url, version } = found;
      if (type !== undefined && id !== undefined) {
        if (target === undefined || type === target) entry(own, type, () => new Set()).add(id);
      } else if (url !== undefined) {
        const targets = searchParameter(resource.resourceType, found.parameter, reading.own)?.target ?? [];
        for (const each of targets.filter((type) => target === undefined || type === target)) {
          if (!hasCanonical(each)) continue;
          const versions = entry(canonicals, each, (): Canonicals => new Map());
          entry(versions, version, () => new Set()).add(url);
        }
      }
    }
  }
  return [
    ...[...own].map(([type, ids]): Wanted => {
      const any = [...ids].map((id) => hash64(referenceText(type, id)));
      return { type, where: { op: 'own', any } };
    }),
    ...[...canonicals].flatMap(([type, versions]) =>
      [...versions].map(([version, urls]): Wanted => ({ type, where: byUrl(type, urls, version) })),
    ),
  ];
}

/** The URLs of a type that are referred to, by the version that they are referred to with: many resources name one profile. */
type Canonicals = Map<string | undefined, Set<string>>;

function byUrl(type: string, urls: ReadonlySet<string>, version: string | undefined): RowCondition {
  const seed = seedOf(type, 'url');
  const anyOf: RowCondition = { op: 'keys', any: [...urls].map((url) => keyOf(seed, url)), expect: 'some' };
  if (version === undefined) return anyOf;
  return all([anyOf, { op: 'keys', any: [keyOf(seedOf(type, 'version'), version)], expect: 'many' }]);
}

/**
 * Returns the sources of references to some resources by an include's parameter; references to canonical resources are found by URL,
 * whatever the version.
 */
export function referringTo(
  { source, parameter, target, except }: Include,
  versions: readonly FoundVersion[],
  parameters: OwnParameters,
): Wanted[] {
  const wanted = versions.filter(({ type }) => target === undefined || type === target);
  const own = wanted.map(({ type, id }) => hash64(referenceText(type, id)));
  if (source === '*') return wantedByKeys(undefined, [anyReference], own);
  const asked = [...searchParametersOf(source, parameters).values()]
    .filter(({ type, code }) => type === 'reference' && (parameter === '*' || parameter === code))
    .filter(({ code }) => except?.has(`${source}.${code}`) !== true)
    .filter(({ unready }) => unready === undefined);
  // `patient` has the keys of any subject, of which only Patients count.
  const ofPatients = asked.filter(({ rows }) => isSubject(source, rows));
  const seeds = asked.filter((each) => !ofPatients.includes(each)).map(({ rows }) => referenceSeed(source, rows));
  const patients = wanted.filter(({ type }) => type === 'Patient');
  const urls = wanted.flatMap(({ type, content }) => (hasCanonical(type) ? urlIn(content) : []));
  return [
    ...wantedByKeys(source, seeds, [...own, ...urls.map(hash64)]),
    ...wantedByKeys(
      source,
      ofPatients.map(({ rows }) => referenceSeed(source, rows)),
      patients.map(({ type, id }) => hash64(referenceText(type, id))),
    ),
  ];
}

function wantedByKeys(type: string | undefined, seeds: readonly bigint[], hashes: readonly bigint[]): Wanted[] {
  const keys = seeds.flatMap((seed) => hashes.map((hash) => seed ^ hash));
  return keys.length === 0 ? [] : [{ type, where: { op: 'keys', any: keys, expect: 'some' } }];
}

function urlIn(content: Buffer): string[] {
  const { url } = JSON.parse(content.toString()) as { url?: unknown };
  return typeof url === 'string' ? [url] : [];
}

function hasCanonical(type: string): boolean {
  return searchParameter(type, 'url') !== undefined;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
