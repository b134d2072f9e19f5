import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { builtInCodes, contentFile, Validator } from '../src/index.ts';

let content: Uint8Array;
before(async () => {
  content = await readFile(contentFile);
});

describe('the terminology that comes with the package', () => {
  const own = {
    ...{ resourceType: 'CodeSystem', url: 'http://example.org/fhir/CodeSystem/own', status: 'active' },
    ...{ content: 'complete', concept: [{ code: 'one' }] },
  };
  const married = (code: string): object => ({
    resourceType: 'Patient',
    maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code }] },
  });
  const observed = (code: string): object => ({
    ...{ resourceType: 'Observation', status: 'final', code: { coding: [{ system: own.url, code }] } },
  });
  const told = (resource: object, ...given: readonly Readonly<Record<string, unknown>>[]): string[] =>
    new Validator({ codes: builtInCodes(content, given) }).validate(resource).map(({ id }) => id);

  it('knows codes of HL7 Terminology', () => {
    assert.deepEqual(told(married('M')), []);
    assert.deepEqual(told(married('none')), ['code-unknown', 'concept-not-in-value-set']);
  });

  it('knows the resources that are given', () => {
    assert.deepEqual(told(observed('none')), ['code-system-unknown']);
    assert.deepEqual(told(observed('none'), own), ['code-unknown']);
    assert.deepEqual(told(observed('one'), own), []);
  });

  it('is no terminology by other bytes', () => {
    assert.throws(() => builtInCodes(new Uint8Array(4)), RangeError);
  });
});
