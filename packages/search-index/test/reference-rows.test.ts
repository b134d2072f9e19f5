import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { anyReference, hash64, keyOf, seedOf } from '../src/keys.ts';
import { indexRow, type IndexRow } from '../src/rows.ts';

const observation = (members: object): JsonResource => ({ resourceType: 'Observation', ...members });

/** Returns those of the texts that are keys of the parameter. */
function keysAmong(row: IndexRow, seed: bigint, texts: readonly string[]): string[] {
  return texts.filter((text) => row.keys.includes(keyOf(seed, text)));
}

describe('the keys of a reference', () => {
  const seed = seedOf('Observation', 'subject');
  const keysOf = (subject: object, texts: readonly string[], ownBases: string[] = []) =>
    keysAmong(indexRow(observation({ subject }), { ownBases }), seed, texts);

  it('are Type/id, and the version when it has one', () => {
    assert.deepEqual(keysOf({ reference: 'Patient/p' }, ['Patient/p', 'p']), ['Patient/p']);
    const versioned = ['Patient/p', 'Patient/p/_history/2', 'Patient/p/_history/1'];
    assert.deepEqual(keysOf({ reference: 'Patient/p/_history/2' }, versioned), versioned.slice(0, 2));
  });

  it('are the same however often and beside whatever it was read before', () => {
    const texts = ['Patient/again', 'https://a.org/fhir/Patient/again'];
    const options = { ownBases: ['https://a.org/fhir'] };
    const rowOf = (subject: object): unknown => indexRow(observation({ subject }), options);
    const first = texts.map((reference) => rowOf({ reference }));
    rowOf({ reference: texts[0], display: 'Somebody', identifier: { system: 'urn:s', value: 'v' }, type: 'Group' });
    for (let n = 0; n < 12_000; n += 1) rowOf({ reference: `Patient/${String(n % 6_000)}` });
    for (const round of [1, 2])
      assert.deepEqual(
        texts.map((reference) => rowOf({ reference })),
        first,
        `round ${String(round)}`,
      );
    assert.deepEqual(keysOf({ reference: 'Patient/again' }, texts, ['https://b.org']), texts.slice(0, 1));
    assert.deepEqual(keysOf({ reference: texts[1]! }, texts, ['https://b.org']), texts.slice(1));
  });

  it('are the URL when it is elsewhere, Type/id when it is below an own base', () => {
    const texts = ['http://a.org/fhir/Patient/p', 'Patient/p'];
    assert.deepEqual(keysOf({ reference: texts[0]! }, texts), texts.slice(0, 1));
    assert.deepEqual(keysOf({ reference: texts[0]! }, texts, ['http://a.org/fhir']), texts.slice(1));
  });

  it('of a canonical are the URL without and with its version', () => {
    const row = indexRow({ resourceType: 'QuestionnaireResponse', questionnaire: 'http://a.org/q|1' });
    const texts = ['http://a.org/q', 'http://a.org/q|1', 'http://a.org/q|2'];
    assert.deepEqual(keysAmong(row, seedOf('QuestionnaireResponse', 'questionnaire'), texts), texts.slice(0, 2));
  });

  it('have its identifier and display apart', () => {
    const row = indexRow(observation({ subject: { identifier: { system: 's', value: 'v' }, display: 'Aliyev' } }));
    const texts = ['v', 's|v', 's|', '|v'];
    assert.deepEqual(keysAmong(row, seedOf('Observation', 'subject', 'identifier'), texts), texts.slice(0, 3));
    assert.deepEqual(keysAmong(row, seed, texts), []);
    assert.deepEqual(keysAmong(row, seedOf('Observation', 'subject', 'text'), ['aliev']), ['aliev']);
  });

  it('can be made from the hash of the resource that is referred to', () => {
    const { keys } = indexRow(observation({ subject: { reference: 'Patient/p' } }));
    assert.ok(keys.includes(seed ^ hash64('Patient/p')));
  });
});

describe('references anywhere', () => {
  const anywhere = (resource: JsonResource, texts: readonly string[]) =>
    texts.filter((text) => indexRow(resource, { ownBases: ['http://own'] }).keys.includes(keyOf(anyReference, text)));

  it('count in elements without a search parameter, extensions and contained resources, with or without a version', () => {
    const resource = observation({
      subject: { reference: 'Patient/p/_history/1' },
      note: [{ authorReference: { reference: 'http://own/Practitioner/a' } }],
      extension: [{ url: 'u', valueReference: { reference: 'Device/d' } }],
      contained: [{ resourceType: 'Procedure', encounter: { reference: 'Encounter/e' } }],
    });
    const texts = ['Patient/p', 'Practitioner/a', 'Device/d', 'Encounter/e', 'Patient/q'];
    assert.deepEqual(anywhere(resource, texts), texts.slice(0, 4));
  });

  it('do not count when they lead elsewhere, are no references, or are those of entries of a Bundle', () => {
    const elsewhere = { reference: 'http://a.org/Patient/p' };
    assert.deepEqual(anywhere(observation({ subject: elsewhere, device: { reference: '#d' } }), ['Patient/p']), []);
    const expression = { language: 'text/cql', reference: 'Library/l' };
    const plan = { resourceType: 'PlanDefinition', extension: [{ url: 'u', valueExpression: expression }] };
    assert.deepEqual(anywhere(plan, ['Library/l']), []);
    const entry = [{ resource: observation({ subject: { reference: 'Patient/p' } }) }];
    assert.deepEqual(anywhere({ resourceType: 'Bundle', type: 'document', entry }, ['Patient/p']), []);
  });
});
