/**
 * Index values of repeated members are cached (`packages/search-index/src/indexing/repeated-members.ts`): they equal freshly computed ones.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { searchRowValues } from '@dhp/search-index';
import { indexRow, type IndexOptions } from '@dhp/search-index/rows';
import { population } from '@dhp/synthetic-population';
import {
  nationalExamples,
  nationalResources,
  nationalVariants,
  skipNational,
} from '../packages/fhir-validation/test/national.ts';
import { examplesFolder, examplesToTry } from './published-examples.ts';
import { randomSource, type Random } from './random.ts';
import { sampleOf } from './sample.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const readings: readonly IndexOptions[] = [
  { timeZone: 'Asia/Tashkent', ownBases: ['https://a.example/fhir'] },
  { timeZone: 'UTC', ownBases: [] },
];

test('published examples, national resources and synthetic ones have the rows that are found anew', (t) => {
  const { names } = examplesToTry(seed);
  const all = [
    ...names.map((name) => readFileSync(join(examplesFolder, name), 'utf8')),
    ...nationalTexts(),
    ...[...population({ patients: 4, seed, today: '2026-06-30' })].map((resource) => JSON.stringify(resource)),
  ];
  // A value is noted the first time, cached the second time, and read from the cache the third time.
  for (const round of [1, 2, 3])
    for (const text of all) requireSame(JSON.parse(text) as JsonResource, readings[0]!, `${round}`);
  t.diagnostic(`${all.length} resources`);
  assert.ok(all.length > 300);
});

test('resources that are put together from members of others have the rows that are found anew', (t) => {
  const members = membersByType();
  const types = [...members.keys()];
  const random = randomSource(seed, 1);
  for (let n = 0; n < 4_000; n += 1) {
    const type = random.oneIn(3)
      ? random.pick(['Observation', 'Encounter', 'Patient', 'Location'])
      : random.pick(types);
    const resource = madeOf(random, type, members.get(type)!, `r${n}`);
    requireSame(resource, random.oneIn(4) ? readings[1]! : readings[0]!, `resource ${n}`);
  }
  t.diagnostic(`seed ${seed}, ${types.length} types`);
});

test('objects with the name of what they inherit from are not taken for others', () => {
  const sent = (json: string): JsonResource =>
    JSON.parse(`{"resourceType":"Observation","code":${json}}`) as JsonResource;
  const texts = [
    '{"coding":[{"code":"a"}],"text":"one"}',
    '{"coding":[{"code":"a"}],"__proto__":{}}',
    '{"coding":[{"code":"a"}],"constructor":"b"}',
    '{"coding":[{"code":"a"}]}',
  ];
  for (const round of [1, 2, 3, 4])
    for (const text of texts) requireSame(sent(text), readings[0]!, `round ${round} of ${text}`);
});

function nationalTexts(): string[] {
  if (skipNational !== false) return [];
  const made = [...nationalExamples(), ...nationalVariants()].map(({ resource }) => resource);
  const definitions = sampleOf([...nationalResources()], 5, seed);
  return [...definitions, ...made].map((resource) => JSON.stringify(resource));
}

/** Rows in the order of their creation, and in stored form. */
function requireSame(resource: JsonResource, reading: IndexOptions, where: string): void {
  // A reader that omits parameters computes all other values again.
  const anew = rowsOf(resource, { ...reading, leftOut: new Set() });
  assert.equal(rowsOf(resource, reading), anew, `${where}, seed ${seed}: ${JSON.stringify(resource).slice(0, 2_000)}`);
}

function rowsOf(resource: JsonResource, options: IndexOptions): string {
  const row = indexRow(resource, options);
  const stored = searchRowValues(row, resource.resourceType, String(resource.id), 0);
  return JSON.stringify([row, stored], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

type Members = ReadonlyMap<string, readonly unknown[]>;

/** The values that members have in the small examples, by type and name. */
function membersByType(): ReadonlyMap<string, Members> {
  const types = new Map<string, Map<string, unknown[]>>();
  for (const name of examplesToTry(seed).names) {
    const text = readFileSync(join(examplesFolder, name), 'utf8');
    if (text.length > 20_000) continue;
    const { resourceType, text: _, ...rest } = JSON.parse(text) as JsonResource;
    const members = types.get(resourceType) ?? new Map<string, unknown[]>();
    types.set(resourceType, members);
    for (const [member, value] of Object.entries(rest)) members.set(member, [...(members.get(member) ?? []), value]);
  }
  return types;
}

/** Few values per member, so that they repeat, some of them slightly changed or of a wrong form. */
function madeOf(random: Random, resourceType: string, members: Members, id: string): JsonResource {
  const resource: Record<string, unknown> = { resourceType, id };
  for (const [name, values] of members) {
    if (name === 'id' || random.oneIn(3)) continue;
    resource[name] = changed(random, values[random.below(Math.min(3, values.length))]);
    if (random.oneIn(60)) resource[`_${name}`] = { id: 'x' };
    if (random.oneIn(60)) resource[`value${random.pick(['String', 'Quantity', 'CodeableConcept'])}`] = values[0];
  }
  return JSON.parse(JSON.stringify(resource)) as JsonResource;
}

function changed(random: Random, value: unknown): unknown {
  if (!random.oneIn(6)) return value;
  const texts = ['text', 'Patient/p1', 'https://a.example/fhir/Patient/p1', '#a', 'Practitioner/p/_history/2', ''];
  return random.pick<() => unknown>([
    () => null,
    () => random.pick(texts),
    () => [value],
    () => (Array.isArray(value) ? [...(value as unknown[]), (value as unknown[])[0]] : [value, value]),
    () => ({
      ...(value as object),
      [random.pick(['code', 'system', 'reference', 'value', '_system'])]: random.pick(texts),
    }),
    () => random.below(3),
    () => ({ reference: random.pick(texts), display: random.pick(texts) }),
    () => [{ coding: [{ system: random.pick(texts), code: random.pick(texts) }], text: random.pick(texts) }],
  ])();
}
