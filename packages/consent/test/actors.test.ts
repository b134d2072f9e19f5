/** Actors of provisions that are named in more than one way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, type Asked, type ConsentResource } from '../src/index.ts';
import { consent, doctor, national, read } from './values.ts';

const result: ConsentResource = { reference: 'Observation/1' };

describe('an actor that is named by a client and a reference', () => {
  const both = {
    reference: { reference: 'Practitioner/1', identifier: { system: 'urn:dhp:sso:client', value: 'clinic' } },
  };
  const callers = {
    both: doctor,
    client: { ...doctor, persons: ['Practitioner/2'] },
    person: { ...doctor, client: 'app' },
    neither: { ...doctor, client: 'app', persons: ['Practitioner/2'] },
  } satisfies Record<string, Asked>;
  const left = (given: Record<string, unknown>): string =>
    Object.entries(callers)
      .filter(([, asked]) => decide([read(given)], asked, result).decision === 'permit')
      .map(([name]) => name)
      .join(' ');

  it('is refused as each of the two, and permitted as both', () => {
    assert.equal(left(consent({ decision: 'permit', provision: [{ actor: [both] }] })), 'neither');
    assert.equal(left(national({ decision: 'deny', provision: [{ actor: [both] }] })), 'neither');
    assert.equal(left(consent({ decision: 'deny', provision: [{ actor: [both] }] })), 'both');
  });

  it('with a reference that leads nowhere may be anybody', () => {
    for (const reference of ['https://elsewhere.example/Practitioner/1', '#p', 7]) {
      const nowhere = { reference: { ...both.reference, reference } };
      assert.equal(left(consent({ decision: 'permit', provision: [{ actor: [nowhere] }] })), '');
      assert.equal(left(consent({ decision: 'deny', provision: [{ actor: [nowhere] }] })), '');
    }
  });
});
