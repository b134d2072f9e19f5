import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonResource } from '@dhp/fhir-search';
import { onlySystem } from '@dhp/fhir-search/elements';
import {
  derivedParameters,
  mainDateParameter,
  notIndexed,
  type SearchParameter,
  searchParametersOf,
} from '@dhp/fhir-search/parameters';
import {
  anyReference,
  hash64,
  keyOf,
  postedParameters,
  referenceSeed,
  seedOf,
  presentParameters,
} from '../../src/keys.ts';
import { indexRow } from '../../src/rows.ts';
import { ask, type Found } from './engine.ts';
import {
  expectCodeless,
  expectComposite,
  expectPresence,
  expectRows,
  RowTexts,
  type Parameter,
} from './expected-rows.ts';
import { factsOf, type Fact } from './facts.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));

/** Every `every`th published example, in the order of file names. */
export function* examples(every: number): Generator<{ name: string; resource: JsonResource }> {
  const names = readdirSync(folder).filter((name) => /^[A-Z].*\.json$/.test(name));
  for (const [i, name] of names.sort().entries()) {
    if (i % every === 0) yield { name, resource: JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonResource };
  }
}

/** How a search parameter fared: on the type that defines it, or on all types for one of Resource or DomainResource. */
export interface Tally {
  readonly name: string;
  readonly type: SearchParameter['type'];
  /** Number of examples of its types, and of those in which it has a value. */
  met: number;
  found: number;
  /** Rows that were expected and are missing, or are present unexpectedly: `file: row`. */
  readonly differences: string[];
}

/** Facts of one example by one parameter, according to the reference engine. */
export interface Said {
  readonly parameter: SearchParameter;
  readonly facts: readonly Fact[];
  /** Facts of each part of a composite, for each repetition. */
  readonly tuples: readonly (readonly (readonly Fact[])[])[];
}

export interface Compared {
  readonly name: string;
  readonly resource: JsonResource;
  readonly said: readonly Said[];
}

/** Compares the index row of a resource with the results of the reference engine and the tables of the specification. */
export function compare(name: string, resource: JsonResource, tallies: Map<string, Tally>): Compared {
  const { resourceType: type } = resource;
  const actual = RowTexts.of(indexRow(resource, { timeZone: 'UTC' })).texts;
  const expected = new RowTexts();
  const copy = structuredClone(resource);
  const said: Said[] = [];
  const skipped = notIndexed(type);
  for (const parameter of searchParametersOf(type).values()) {
    const { code, expression } = parameter;
    if (expression === undefined || skipped.has(code) || code === '_id' || code === '_lastUpdated') continue;
    const tally = tallyOf(tallies, parameter);
    tally.met++;
    const rows = new RowTexts();
    const found = askOrRefuse(copy, expression, copy);
    if (found === undefined) {
      tally.differences.push(`${name}: the reference engine refuses`);
      continue;
    }
    const { facts, tuples, items } = expectAll(rows, type, parameter, found, copy);
    if (items > 0) tally.found++;
    said.push({ parameter, facts, tuples });
    if (derivedParameters(type).has(code)) continue;
    for (const text of rows.texts) {
      expected.texts.add(text);
      if (!actual.has(text)) tally.differences.push(`${name}: lacks ${text}`);
    }
  }
  expectCodeless(expected, said, type);
  expectElsewhere(expected, resource);
  const unexpected = [...actual].filter((text) => !expected.texts.has(text));
  if (unexpected.length > 0) tallyOf(tallies, undefined).differences.push(`${name}: has ${unexpected.join(', ')}`);
  return { name, resource, said };
}

function askOrRefuse(...question: Parameters<typeof ask>): Found[] | undefined {
  try {
    return ask(...question);
  } catch {
    return undefined;
  }
}

function tallyOf(tallies: Map<string, Tally>, parameter: SearchParameter | undefined): Tally {
  const name = parameter === undefined ? 'no parameter' : `${parameter.base}.${parameter.code}`;
  let tally = tallies.get(name);
  if (tally === undefined) {
    tally = { name, type: parameter?.type ?? 'special', met: 0, found: 0, differences: [] };
    tallies.set(name, tally);
  }
  return tally;
}

function expectAll(
  rows: RowTexts,
  type: string,
  searchParameter: SearchParameter,
  found: readonly Found[],
  resource: JsonResource,
): Omit<Said, 'parameter'> & { items: number } {
  const { code, type: kind, component, target } = searchParameter;
  const parameter: Parameter = {
    type,
    code,
    isPosted: postedParameters(type).has(code),
    isMainDate: mainDateParameter(type) === code,
    hasOneSystem: onlySystem(type, searchParameter) !== undefined,
  };
  if (kind !== 'composite') {
    const facts = found.flatMap((item) => factsOf(item, kind));
    if (kind === 'reference') expectLocal(rows, referenceSeed(type, code), found, resource);
    if (found.length > 0) expectPresence(rows, type, code);
    for (const fact of facts) {
      expectRows(rows, parameter, fact);
      // Where it may lead to any type, a local reference is found by its id alone, too.
      const id = fact.kind === 'reference' && target.length > 100 ? localId.exec(fact.text)?.[1] : undefined;
      if (id !== undefined) rows.key(keyOf(seedOf(type, code), `?/${id}`));
    }
    return { facts, tuples: [], items: found.length };
  }
  const tuples: (readonly (readonly Fact[])[])[] = [];
  for (const [repetition, item] of found.entries()) {
    const base = item.base === type ? undefined : item.base;
    const parts = component.map((part) =>
      ask(item.value, part.expression, resource, base).flatMap((one) => factsOf(one, part.type)),
    );
    if (parts.some((facts) => facts.length === 0)) continue;
    tuples.push(parts);
    expectComposite(rows, parameter, parts, repetition);
  }
  return { facts: [], tuples, items: tuples.length };
}

/**
 * Rows that no parameter of the definitions has: references wherever they stand, the labels in `meta`, and the position of a
 * Location.
 */
function expectElsewhere(rows: RowTexts, resource: JsonResource): void {
  expectLabels(rows, resource);
  for (const text of localReferences(resource)) rows.key(keyOf(anyReference, text));
  if (resource.resourceType === 'Bundle') expectFirst(rows, resource);
  expectContained(rows, resource);
  const { position } = resource as { position?: { latitude: number; longitude: number } };
  if (resource.resourceType !== 'Location' || position === undefined) return;
  rows.key(seedOf('Location', 'near', 'present'));
  rows.number(seedOf('Location', 'near.latitude'), position.latitude, position.latitude);
  rows.number(seedOf('Location', 'near.longitude'), position.longitude, position.longitude);
}

interface Contained extends JsonResource {
  readonly id: string;
}

const containedOf = (resource: JsonResource): Contained[] => (resource as { contained?: Contained[] }).contained ?? [];
const contentOf = (container: JsonResource, contained: JsonResource): bigint =>
  hash64(`contained in ${container.resourceType}\n${JSON.stringify(contained)}`);

/** Expects the keys that lead to a contained resource, and the terms of its own rows, which are compared separately. */
function expectContained(rows: RowTexts, resource: JsonResource): void {
  for (const contained of containedOf(resource)) {
    rows.key(contentOf(resource, contained));
    rows.key(hash64(`contained\n${contained.resourceType}`));
    rows.add('word', contentOf(resource, contained), 0n, '');
    for (const { key, parameter, text } of indexRow({ ...contained, meta: undefined }, { timeZone: 'UTC' }).words) {
      rows.add('word', key, parameter, text);
    }
  }
}

/** References to contained resources, as such or in a CodeableReference. */
function expectLocal(rows: RowTexts, seed: bigint, found: readonly Found[], resource: JsonResource): void {
  for (const { value } of found) {
    const [, name] = /(?:"reference":|^)"#([^"]+)"/.exec(JSON.stringify(value)) ?? [];
    for (const contained of containedOf(resource)) {
      if (contained.id === name) rows.key(seed ^ contentOf(resource, contained));
    }
  }
}

/** Each profile, tag and security label once as JSON, under the key that finds it. */
function expectLabels(rows: RowTexts, { resourceType: type, meta }: JsonResource): void {
  const { profile = [], tag = [], security = [] } = (meta ?? {}) as Partial<Record<string, unknown[]>>;
  const label = (list: string, value: string, text: string): void => {
    rows.add('word', keyOf(seedOf(type, list), value), seedOf(type, list, 'label'), text);
  };
  for (const url of profile) label('_profile', url as string, JSON.stringify(url));
  for (const [list, codings] of Object.entries({ _tag: tag, _security: security })) {
    for (const coding of codings as { system?: string; code?: string; display?: string }[]) {
      const { system, code, display } = coding;
      if (code !== undefined) label(list, `${system ?? ''}|${code}`, JSON.stringify({ system, code, display }));
    }
  }
}

/** A document or message has the rows of its first resource under a mark; those are compared on their own elsewhere. */
function expectFirst(rows: RowTexts, bundle: JsonResource): void {
  const first = (bundle as { entry?: { resource?: JsonResource }[] }).entry?.[0]?.resource;
  const name = { Composition: 'composition', MessageHeader: 'message' }[first?.resourceType ?? ''];
  if (first === undefined || name === undefined) return;
  const mark = hash64(`Bundle.${name}`);
  const row = indexRow(first, { timeZone: 'UTC' });
  const anywhere = new Set(localReferences(first).map((text) => keyOf(anyReference, text)));
  for (const code of presentParameters(row.present)) rows.key(seedOf(first.resourceType, code, 'present') ^ mark);
  for (const key of row.keys) if (!anywhere.has(key)) rows.key(key ^ mark);
  for (const { key, low, high } of row.dates) rows.add('date', key ^ mark, low, high);
  for (const { key, text } of row.strings) rows.add('string', key ^ mark, text);
  for (const { key, parameter, text } of row.words) rows.add('word', key ^ mark, parameter ^ mark, text);
  const { low, high } = row.mainDate ?? {};
  if (low !== undefined && high !== undefined) rows.add('date', seedOf('Composition', 'date') ^ mark, low, high);
}

const localId = /^[A-Z][A-Za-z]+\/([A-Za-z0-9.-]{1,64})$/;

function localReferences(resource: JsonResource): string[] {
  const text = JSON.stringify(resource, (key, value: unknown) =>
    resource.resourceType === 'Bundle' && key === 'resource' ? undefined : value,
  );
  const pattern = /"reference":"([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^"]*)?"/g;
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}
