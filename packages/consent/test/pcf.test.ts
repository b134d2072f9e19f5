/**
 * Examples of IHE Privacy Consent on FHIR (basic, intermediate and advanced), which are of R4, converted to R5. There a permission is given under a
 * policy that permits nothing else: here it is an exception to a refusal, and its exception a nested provision; an additional permission in a nested
 * provision is a separate exception. Data "related to an encounter" refers to it, which R5 calls dependents. https://profiles.ihe.net/ITI/PCF
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, type Asked, type ConsentResource } from '../src/index.ts';
import { actor, consent, data, purpose, read } from './values.ts';

const at = Date.parse('2023-07-01');
const treat: Asked = {
  action: 'read',
  at,
  client: 'ehr',
  persons: ['Practitioner/1'],
  organizations: [],
  purposes: ['TREAT'],
};
const pay: Asked = { ...treat, purposes: ['HPAYMT'] };
const research: Asked = { ...treat, purposes: ['HRESCH'] };
const fooBar: Asked = { ...treat, organizations: ['Organization/researcher'], purposes: ['FooBar'] };
const glass: Asked = { ...treat, purposes: ['BTG'] };

const of2022: ConsentResource = {
  ...{ reference: 'Observation/weight', authors: ['Practitioner/author'], references: ['Encounter/1'] },
  date: { low: Date.parse('2022-05-01'), high: Date.parse('2022-05-02') },
};
const of2023: ConsentResource = {
  ...{ reference: 'Observation/alcoholUse', authors: ['Practitioner/other'] },
  date: { low: Date.parse('2023-05-01'), high: Date.parse('2023-05-02') },
};

const uses = { purpose: ['TREAT', 'HPAYMT', 'HOPERAT'].map(purpose) };
const permits = (criteria: object, ...not: object[]): Record<string, unknown> =>
  consent({
    date: '2022-06-13',
    decision: 'deny',
    provision: [{ ...criteria, ...(not.length > 0 && { provision: not }) }],
  });
const year = { dataPeriod: { start: '2022-01-01', end: '2022-12-31' } };
const authored = { data: [data('authoredby', 'Practitioner/author')] };
const encounter = { data: [data('dependents', 'Encounter/1')] };

const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const sensitivity = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const labelled = (...labels: string[]): object => ({
  securityLabel: labels.map((code) => ({ system: code.length === 1 ? confidentiality : sensitivity, code })),
});
const having = (...labels: string[]): ConsentResource => ({
  ...of2022,
  labels: labels.map((code) => `${code.length === 1 ? confidentiality : sensitivity}|${code}`),
});
const focused = { actor: [actor('Practitioner/1', 'IRCP')] };
const another: Asked = { ...treat, persons: ['Practitioner/2'] };
const permitsEither = (...provision: object[]): Record<string, unknown> =>
  consent({ date: '2022-06-13', decision: 'deny', provision });

type Row = readonly [asked: Asked, resource: ConsentResource, expected: 'permit' | 'deny'];
const table: Readonly<Record<string, readonly [of: Record<string, unknown>, ...rows: Row[]]>> = {
  'basic-treat': [permits(uses), [treat, of2022, 'permit'], [pay, of2022, 'permit'], [research, of2022, 'deny']],
  'basic-treat-infant': [
    { ...permits(uses), grantor: [{ reference: 'Patient/mother' }] },
    [treat, of2022, 'permit'],
    [research, of2022, 'deny'],
  ],
  'basic-ink': [
    { ...permits(uses), sourceReference: [{ reference: 'DocumentReference/ink' }] },
    [treat, of2022, 'permit'],
    [research, of2022, 'deny'],
  ],
  'basic-expired': [permits({ ...uses, period: { end: '2022-12-31' } }), [treat, of2022, 'deny']],
  'basic-reject': [consent({ decision: 'deny' }), [treat, of2022, 'deny'], [research, of2022, 'deny']],
  'basic-research': [permits({ purpose: [purpose('HRESCH')] }), [research, of2022, 'permit'], [treat, of2022, 'deny']],
  'intermediate-timeframe': [
    permits({ ...uses, ...year }),
    [treat, of2022, 'permit'],
    [treat, of2023, 'deny'],
    [research, of2022, 'deny'],
  ],
  'intermediate-not-timeframe': [permits(uses, year), [treat, of2022, 'deny'], [treat, of2023, 'permit']],
  'intermediate-authoredby': [permits({ ...uses, ...authored }), [treat, of2022, 'permit'], [treat, of2023, 'deny']],
  'intermediate-not-authoredby': [permits(uses, authored), [treat, of2022, 'deny'], [treat, of2023, 'permit']],
  'intermediate-encounter': [
    permits({ ...uses, ...encounter }),
    [treat, of2022, 'permit'],
    [treat, { reference: 'Encounter/1' }, 'permit'],
    [treat, of2023, 'deny'],
  ],
  'intermediate-not-encounter': [permits(uses, encounter), [treat, of2022, 'deny'], [treat, of2023, 'permit']],
  'intermediate-data': [
    permits({ ...uses, data: ['Encounter/1', 'Observation/weight'].map((each) => data('instance', each)) }),
    [treat, of2022, 'permit'],
    [treat, { reference: 'Encounter/1' }, 'permit'],
    [treat, of2023, 'deny'],
  ],
  'intermediate-not-data': [
    permits(uses, { data: [data('instance', 'Observation/alcoholUse')] }),
    [treat, of2023, 'deny'],
    [treat, of2022, 'permit'],
  ],
  'intermediate-purpose': [
    permits({ purpose: [purpose('FooBar')], actor: [actor('Organization/researcher', 'IRCP')] }),
    [fooBar, of2022, 'permit'],
    [{ ...fooBar, organizations: ['Organization/2'] }, of2022, 'deny'],
    [{ ...fooBar, purposes: ['TREAT'] }, of2022, 'deny'],
  ],
  // The members of the group are unknown: breaking the glass is decided elsewhere, and this consent permits it to nobody.
  'intermediate-dissent': [
    permits({ purpose: [purpose('BTG')], actor: [actor('Group/privileged', 'IRCP')] }),
    [treat, of2022, 'deny'],
    [glass, of2022, 'deny'],
  ],
  'advanced-normal': [
    permits({ ...uses, ...labelled('N') }),
    [treat, having('N'), 'permit'],
    [treat, having('N', 'PSY'), 'permit'],
    [treat, having('R'), 'deny'],
    [treat, having(), 'deny'],
    [research, having('N'), 'deny'],
  ],
  'advanced-normal-restricted': [
    permits({ ...uses, ...labelled('N', 'R') }),
    [treat, having('N'), 'permit'],
    [treat, having('R'), 'permit'],
    [treat, having('V'), 'deny'],
  ],
  'advanced-normal-not-restricted': [
    permits({ ...uses, ...labelled('N') }, labelled('R')),
    [treat, having('N'), 'permit'],
    [treat, having('R'), 'deny'],
    [treat, having('N', 'R'), 'deny'],
  ],
  'advanced-normal-focused-restricted': [
    permitsEither({ ...uses, ...labelled('N') }, { ...uses, ...labelled('R'), ...focused }),
    [treat, having('N'), 'permit'],
    [another, having('N'), 'permit'],
    [treat, having('R'), 'permit'],
    [another, having('R'), 'deny'],
    [{ ...research, persons: ['Practitioner/1'] }, having('R'), 'deny'],
  ],
  'advanced-normal-focused-psy': [
    permitsEither({ ...uses, ...labelled('N') }, { ...uses, ...labelled('PSY'), ...focused }),
    [treat, having('PSY'), 'permit'],
    [another, having('PSY'), 'deny'],
    [another, having('N'), 'permit'],
    [treat, having('SDV'), 'deny'],
  ],
  'advanced-normal-focused-psy-or-sdv': [
    permitsEither({ ...uses, ...labelled('N') }, { ...uses, ...labelled('PSY', 'SDV'), ...focused }),
    [treat, having('PSY'), 'permit'],
    [treat, having('SDV'), 'permit'],
    [treat, having('HIV'), 'deny'],
    [another, having('SDV'), 'deny'],
  ],
  // A consent that permits it for the purpose alone: breaking the glass is decided elsewhere.
  'advanced-normal-break-glass-restricted': [
    permitsEither({ ...uses, ...labelled('N') }, { purpose: [purpose('BTG')], ...labelled('R') }),
    [treat, having('N'), 'permit'],
    [treat, having('R'), 'deny'],
    [glass, having('R'), 'permit'],
    [glass, having('V'), 'deny'],
  ],
};

describe('examples of IHE PCF', () => {
  for (const [name, [given, ...rows]] of Object.entries(table))
    it(name, () => {
      for (const [asked, resource, expected] of rows) {
        const { decision } = decide([read(given)], asked, resource);
        assert.equal(decision, expected, JSON.stringify({ purposes: asked.purposes, resource }));
      }
    });

  it('are six basic ones, ten intermediate ones and seven advanced ones', () => {
    const names = Object.keys(table);
    assert.equal(names.filter((name) => name.startsWith('basic-')).length, 6);
    assert.equal(names.filter((name) => name.startsWith('intermediate-')).length, 10);
    assert.equal(names.filter((name) => name.startsWith('advanced-')).length, 7);
  });
});
