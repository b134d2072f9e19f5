/** A large resource is stored like a small one: the text, and the index values that were made before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { ownDefinition, programDefinitions } from '../src/statements/index-definition.ts';
import { EncodedText } from '@dhp/postgres/values';
import { byteLength, bytesOf, encodedInParts, hasText, isContent } from '../src/writes/content.ts';
import { indexUnder, prepareIndex } from '../src/writes/prepared-index.ts';
import { indexOf, type BodyOptions } from '../src/writes/index-of-body.ts';

test('a text encoded in parts has the bytes of the text, wherever the parts end', async () => {
  const texts = ['{"a":"', 'Ў😀é😀', '', '"}'];
  const bytes = Buffer.from(texts.join(''));
  for (const part of [1, 2, 3, 100]) {
    const content = await encodedInParts(texts, () => undefined, part);
    assert.ok(bytesOf(content).equals(bytes), `parts of ${part}`);
    assert.equal(byteLength(content), bytes.length);
    assert.equal(isContent(bytes, content), true);
    assert.equal(isContent(Buffer.from(texts.join('').replace('é', 'è')), content), false);
    assert.equal(isContent(bytes.subarray(1), content), false);
  }
});

const own = ownParameters(7, []);
const reading = { timeZone: 'Asia/Tashkent', ownBases: ['https://dhp.test/fhir'], own };
const unused = (): never => assert.fail('nothing is asked');
const stored = { active: { definition: ownDefinition(programDefinitions), tables: 'a' }, next: undefined } as const;
const options: BodyOptions = {
  ...reading,
  parameters: {
    known: () => own,
    forWriting: () => own,
    refresh: unused,
    renew: unused,
    stored: () => stored,
    labelling: () => undefined,
    linksCare: () => false,
  },
  shards: () => undefined,
};

const resources: readonly JsonResource[] = [
  {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }], text: 'Yurak urishi' },
    subject: { reference: 'Patient/p1' },
    performer: [{ reference: 'https://dhp.test/fhir/Practitioner/1' }],
    effectiveDateTime: '2026-01-02',
    valueQuantity: { value: 72, system: 'http://unitsofmeasure.org', code: '/min' },
    contained: [{ resourceType: 'Device', id: 'd', displayName: 'X' }],
    device: { reference: '#d' },
    meta: { tag: [{ system: 'https://dhp.test', code: 'a' }] },
  },
  {
    resourceType: 'Group',
    type: 'person',
    member: [{ entity: { reference: 'Patient/1' } }, { entity: { reference: 'Patient/2' } }],
  },
  {
    resourceType: 'Bundle',
    type: 'document',
    entry: [{ resource: { resourceType: 'Composition', title: 'T', status: 'final' } }],
  },
  { resourceType: 'Location', name: 'Toshkent', position: { latitude: 41, longitude: 69 } },
];

test('index values that were made before are those that are made of the stored resource', () => {
  for (const resource of resources) {
    const prepared = prepareIndex(resource, reading, new Budget({ work: 1e6 }));
    assert.ok(prepared !== undefined);
    const moved = structuredClone(prepared);
    const { index, words } = indexOf({ resource }, 'x1', options);
    assert.deepEqual(indexUnder(moved, resource.resourceType, 'x1'), { index: index.active, words });
    assert.deepEqual(indexOf({ resource, prepared: moved }, 'x1', options), indexOf({ resource }, 'x1', options));
  }
});

test('they are made anew when the search parameters are others by then, and for a Patient, who is found by the own id', () => {
  const observation = resources[0]!;
  const prepared = prepareIndex(observation, { ...reading, own: ownParameters(6, []) }, new Budget())!;
  const wrong = { ...prepared, columns: { ...prepared.columns, keys: '{1}' } };
  assert.deepEqual(
    indexOf({ resource: observation, prepared: wrong }, 'x1', options),
    indexOf({ resource: observation }, 'x1', options),
  );
  assert.equal(prepareIndex({ resourceType: 'Patient' }, reading, new Budget()), undefined);
});

test('a text is found in the pieces of a content, and where it lies in two or three of them', () => {
  const text = 'before the word "signature" and behind it';
  for (let size = 1; size <= text.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
      Buffer.from(text.slice(n * size, (n + 1) * size)),
    );
    const content = new EncodedText(pieces);
    assert.equal(hasText(content, '"signature"'), true, `pieces of ${size}`);
    assert.equal(hasText(content, '"signatures"'), false, `pieces of ${size}`);
  }
});
