/** A body is left out by its text alone where all that it refers to was found before, and nowhere else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JsonResource } from '@dhp/fhir-search';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { NamedBefore } from '../src/include/named-before.ts';
import { type FoundReference, referencesOf } from '../src/indexing/references-of.ts';

const own = ownParameters(0, []);
const content = (text: string): Buffer => Buffer.from(text);
const version = (resource: object) => ({ type: 'Observation', content: content(JSON.stringify(resource)) });
const observation = { resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/p' } };

function knowing(...found: readonly FoundReference[]): NamedBefore {
  const before = new NamedBefore([{ type: 'Patient', id: 'p' }], own);
  for (const one of found) before.add('Observation', one);
  return before;
}

describe('a body is left out', () => {
  it('where it refers to what is known, however it is written', () => {
    const before = knowing(
      { parameter: 'encounter', type: 'Encounter', id: 'e' },
      { parameter: '_profile', url: 'urn:a' },
    );
    for (const resource of [
      observation,
      { ...observation, encounter: { reference: 'Encounter/e', display: 'first' } },
      { ...observation, contained: [{ resourceType: 'Specimen', id: 's' }], specimen: { reference: '#s' } },
      { ...observation, meta: { profile: ['urn:a', 'urn:a'] } },
      { ...observation, note: [{ text: 'a "reference" to "profile"' }] },
    ]) {
      assert.equal(before.hasAllOf(version(resource)), true, JSON.stringify(resource));
      assert.equal(before.hasAllOf({ type: 'Observation', content: content(JSON.stringify(resource, null, 2)) }), true);
    }
  });

  it('not where anything else may be named', () => {
    const before = knowing({ parameter: '_profile', url: 'urn:a' });
    for (const resource of [
      { ...observation, encounter: { reference: 'Encounter/e' } },
      { ...observation, subject: { reference: 'Patient/p/_history/1' } },
      { ...observation, subject: { reference: 'https://example.org/fhir/Patient/p' } },
      { ...observation, meta: { profile: ['urn:a', 'urn:b'] } },
      { ...observation, meta: { profile: ['urn:a|1'] } },
      { ...observation, meta: { profile: ['urn:]', 'urn:a'] } },
    ])
      assert.equal(before.hasAllOf(version(resource)), false, JSON.stringify(resource));
    for (const text of [
      String.raw`{"resourceType":"Observation","subject":{"refer\u0065nce":"Patient/other"}}`,
      String.raw`{"resourceType":"Observation","subject":{"reference":"Patient\/other"}}`,
      '{"resourceType":"Observation","subject":{"reference" \n : \t "Patient/other"}}',
    ])
      assert.equal(before.hasAllOf({ type: 'Observation', content: content(text) }), false, text);
    // Another parameter means resources of other types, which may have the same address.
    const other = knowing({ parameter: 'instantiates-canonical', url: 'urn:a' });
    assert.equal(other.hasAllOf(version({ ...observation, meta: { profile: ['urn:a'] } })), false);
    const named = { ...observation, meta: { profile: ['urn:a'] } };
    assert.equal(before.hasAllOf({ ...version({ ...named, resourceType: 'Condition' }), type: 'Condition' }), false);
  });

  it('of the published examples none that would have brought something', () => {
    const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
    const some = readdirSync(folder).filter(
      (file, n) => n % 6 === 0 && file.endsWith('.json') && !/^(package|\.index|Bundle)/.test(file),
    );
    // Each of them twice: the second time all is known.
    const files = [...some, ...some];
    const before = new NamedBefore([], own);
    const found = new Set<string>();
    const key = (from: string, { parameter, type, id, url, version: of }: FoundReference): string =>
      id === undefined ? `${from}.${parameter} ${url!}|${of ?? ''}` : `${type!}/${id}`;
    let leftOut = 0;
    for (const file of files) {
      const text = readFileSync(join(folder, file));
      if (text.length > 50_000) continue;
      const resource = JSON.parse(text.toString()) as JsonResource;
      const type = resource.resourceType;
      const isKnown = before.hasAllOf({ type, content: text });
      if (isKnown) leftOut += 1;
      for (const one of referencesOf(resource, '*', { own })) {
        assert.ok(!isKnown || found.has(key(type, one)), `${file}: ${JSON.stringify(one)}`);
        found.add(key(type, one));
        before.add(type, one);
      }
    }
    assert.ok(leftOut > files.length / 4, `${leftOut} of ${files.length}`);
  });
});
