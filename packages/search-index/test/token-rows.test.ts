import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { hash64, keyOf, seedOf } from '../src/keys.ts';
import { indexRow, type IndexRow } from '../src/rows.ts';

const observation = (members: object): JsonResource => ({ resourceType: 'Observation', ...members });
const patient = (members: object): JsonResource => ({ resourceType: 'Patient', ...members });
const coding = (code: string, system = 's') => ({ coding: [{ system, code }] });

/** Returns those of the texts that are keys of the parameter. */
function keysAmong(row: IndexRow, seed: bigint, texts: readonly string[]): string[] {
  return texts.filter((text) => row.keys.includes(keyOf(seed, text)));
}

describe('the keys of a token', () => {
  const seed = seedOf('Observation', 'code');
  const forms = ['c', 's|c', 's|', '|c', '|', 'd', 's|d', '|d'];

  it('are its code, its code with the system, and the system', () => {
    assert.deepEqual(keysAmong(indexRow(observation({ code: coding('c') })), seed, forms), ['c', 's|c', 's|']);
  });

  it('are its code and `|code` when it could have a system and has none', () => {
    assert.deepEqual(keysAmong(indexRow(observation({ code: coding('d', '') })), seed, forms), ['d', '|d']);
  });

  it('of a code are the code alone where the binding implies the system of all of them', () => {
    const system = 'http://hl7.org/fhir/observation-status';
    const texts = ['final', `${system}|final`, `${system}|`, '|final'];
    const found = keysAmong(indexRow(observation({ status: 'final' })), seedOf('Observation', 'status'), texts);
    assert.deepEqual(found, ['final']);
  });

  it('of a code have the system that the binding implies where the code decides', () => {
    const row = indexRow({ resourceType: 'DetectedIssue', status: 'mitigated' });
    const system = 'http://hl7.org/fhir/detectedissue-status';
    const texts = ['mitigated', `${system}|mitigated`, `${system}|`];
    assert.deepEqual(keysAmong(row, seedOf('DetectedIssue', 'status'), texts), texts);
  });

  it('of a boolean are the value alone', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/special-values';
    const texts = ['false', `${system}|false`, `${system}|`, 'true'];
    const found = keysAmong(indexRow(patient({ active: false })), seedOf('Patient', 'active'), texts);
    assert.deepEqual(found, ['false']);
  });

  it('of a telephone number are the number alone', () => {
    const row = indexRow(patient({ telecom: [{ system: 'phone', value: '+998901234567' }] }));
    const texts = ['+998901234567', '|+998901234567', 'phone|+998901234567'];
    assert.deepEqual(keysAmong(row, seedOf('Patient', 'phone'), texts), texts.slice(0, 1));
    assert.deepEqual(keysAmong(row, seedOf('Patient', 'email'), texts), []);
  });

  it('of an Identifier have its type, for :of-type', () => {
    const identifier = [{ system: 's', value: 'v', type: { ...coding('PPN', 't'), text: 'Passport' } }];
    const row = indexRow(patient({ identifier }));
    const texts = ['t|PPN|v', 't|NI|v', '|PPN|v'];
    assert.deepEqual(keysAmong(row, seedOf('Patient', 'identifier', 'of-type'), texts), ['t|PPN|v']);
    assert.deepEqual(keysAmong(row, seedOf('Patient', 'identifier', 'text'), ['passport']), ['passport']);
  });

  it('are words to sort by when they are codes, and not when they name one thing', () => {
    const row = indexRow(patient({ gender: 'male', identifier: [{ system: 's', value: 'v' }], id: 'p' }));
    const parameters = ['deceased', 'gender'].map((code) => seedOf('Patient', code));
    const [deceased, gender] = parameters as [bigint, bigint];
    assert.deepEqual(row.words, [
      { key: keyOf(deceased, 'false'), parameter: deceased, text: 'false' },
      { key: keyOf(gender, 'male'), parameter: gender, text: 'male' },
    ]);
  });

  it('have postings for the parameters that many look through, with the system beside the code', () => {
    const row = indexRow(
      observation({ status: 'final', code: { coding: [{ system: 's', code: 'c' }, { code: 'c' }] } }),
    );
    const system = (text: string) => Number(BigInt.asIntN(32, hash64(text)));
    assert.deepEqual(row.postings, [
      { key: keyOf(seed, 'c'), system: system('s') },
      { key: keyOf(seed, 'c'), system: system('') },
    ]);
  });
});

describe('the text of a concept', () => {
  it('is a word, as is each display, normalised', () => {
    const code = { coding: [{ system: 's', code: 'c', display: 'Qon bosimi' }], text: 'Қон босими (мм)' };
    const parameter = seedOf('Observation', 'code', 'text');
    const { words, keys } = indexRow(observation({ code }));
    const texts = words.filter((word) => word.parameter === parameter);
    assert.deepEqual(
      texts.map(({ text }) => text),
      ['kon bosimi', 'kon bosimi (mm)'],
    );
    assert.ok(texts.every(({ key, text }) => key === keyOf(parameter, text) && keys.includes(key)));
  });
});
