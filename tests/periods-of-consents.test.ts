/** Each period of a Consent in each shape: without a stated time a refusal applies, and a permission does not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, type Asked, type ConsentResource } from '@dhp/consent';
import { cases, type Told } from './periods.ts';
import { actor, consent, doctor, national, read } from '../packages/consent/test/values.ts';

const relative: Asked = { ...doctor, persons: ['RelatedPerson/1'] };
const result: ConsentResource = { reference: 'Observation/1' };
const always = { decision: 'deny' };

interface Place {
  /** Consents with the period at the place. */
  readonly of: (period: unknown) => readonly Record<string, unknown>[];
  readonly asked: Asked;
  readonly permitted: readonly Told[];
  /** Whether the period is about the date of the resource, not of the request. */
  readonly isOfData?: true;
}

const places: Readonly<Record<string, Place>> = {
  'Consent.period of a refusal': {
    of: (period) => [consent({ decision: 'deny', period })],
    ...{ asked: doctor, permitted: ['outside'] },
  },
  'Consent.period of a refusal in the national reading': {
    of: (period) => [national({ decision: 'deny', period })],
    ...{ asked: doctor, permitted: ['outside'] },
  },
  'Consent.period of a later permission in the national reading': {
    of: (period) => [
      national({ ...always, date: '2026-01-01' }),
      national({ decision: 'permit', date: '2026-02-01', period }),
    ],
    ...{ asked: doctor, permitted: ['within'] },
  },
  'Consent.period of an earlier refusal in the national reading': {
    of: (period) => [
      national({ ...always, date: '2026-01-01', period }),
      national({ decision: 'permit', date: '2026-02-01' }),
    ],
    ...{ asked: doctor, permitted: ['within', 'outside'] },
  },
  'Consent.period of a grant': {
    of: (period) => [
      consent(always),
      consent({ decision: 'permit', grantee: [{ reference: 'RelatedPerson/1' }], period }),
    ],
    ...{ asked: relative, permitted: ['within'] },
  },
  'provision.period of a refusal': {
    of: (period) => [consent({ decision: 'permit', provision: [{ period }] })],
    ...{ asked: doctor, permitted: ['outside'] },
  },
  'provision.period of a refusal in the national reading': {
    of: (period) => [national({ decision: 'deny', provision: [{ period }] })],
    ...{ asked: doctor, permitted: ['outside'] },
  },
  'provision.period of a permission': {
    of: (period) => [consent({ decision: 'deny', provision: [{ period, actor: [actor('Practitioner/1')] }] })],
    ...{ asked: doctor, permitted: ['within'] },
  },
  'provision.period of an exception to a refusal': {
    of: (period) => [consent({ decision: 'permit', provision: [{ provision: [{ period }] }] })],
    ...{ asked: doctor, permitted: ['within'] },
  },
  'provision.dataPeriod of a refusal': {
    of: (dataPeriod) => [consent({ decision: 'permit', provision: [{ dataPeriod }] })],
    ...{ asked: doctor, permitted: ['outside'], isOfData: true },
  },
  'provision.dataPeriod of a permission': {
    of: (dataPeriod) => [consent({ decision: 'deny', provision: [{ dataPeriod }] })],
    ...{ asked: doctor, permitted: ['within'], isOfData: true },
  },
};

describe('what a consent says of its time', () => {
  for (const [place, { of, asked, permitted, isOfData }] of Object.entries(places))
    it(place, () => {
      for (const { name, period, at, told } of cases) {
        const consents = of(period).map((each) => read(JSON.parse(JSON.stringify(each)) as Record<string, unknown>));
        const resource = isOfData === true ? { ...result, date: { low: at, high: at + 1 } } : result;
        const { decision } = decide(consents, { ...asked, ...(isOfData !== true && { at }) }, resource);
        assert.equal(decision, permitted.includes(told) ? 'permit' : 'deny', name);
      }
    });
});

describe('the date of a consent in the national reading', () => {
  const optOut = (date: unknown): Record<string, unknown> => national({ decision: 'deny', date });
  const decided = (...given: Record<string, unknown>[]): string => decide(given.map(read), doctor, result).decision;

  it('that cannot be read takes no refusal back, and no permission takes it back', () => {
    for (const date of ['some day', '2026-02-30', 7]) {
      const optIn = national({ decision: 'permit', date });
      assert.equal(decided(optOut('2026-01-01'), optIn), 'deny');
      assert.equal(decided(optOut(date), national({ decision: 'permit', date: '2026-01-01' })), 'deny');
      assert.equal(read(optIn).dated, undefined);
    }
  });
});
