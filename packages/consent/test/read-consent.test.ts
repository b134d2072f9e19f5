/** A consent as its refusals, in the reading of R5 and of the national profile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, isNational, nationalProfile, readConsent, type Asked, type ConsentResource } from '../src/index.ts';
import { act, actor, consent, data, doctor, means, national, purpose, read, type } from './values.ts';

const other: Asked = { ...doctor, persons: ['Practitioner/2'], client: 'app', organizations: ['Organization/2'] };
const nobodyKnown: Asked = { action: 'read', at: doctor.at, client: 'app', persons: [] };
const write = (asked: Asked): Asked => ({ ...asked, action: 'write' });
const result: ConsentResource = {
  ...{
    reference: 'Observation/1',
    codes: ['http://loinc.org|718-7'],
    labels: ['urn:c|R'],
    references: ['Encounter/1'],
  },
  ...{ authors: ['Practitioner/9'], date: { low: Date.parse('2026-01-10'), high: Date.parse('2026-01-11') } },
};
const condition: ConsentResource = { reference: 'Condition/1' };
const document: ConsentResource = { reference: 'DocumentReference/1', documents: ['http://loinc.org|34133-9'] };

type Case = readonly [asked: Asked, resource: ConsentResource, expected: 'permit' | 'deny'];
interface Cases {
  readonly of: readonly Record<string, unknown>[];
  readonly cases: readonly Case[];
}

/** Consents × caller, action and purpose × resource → decision. */
const table: Readonly<Record<string, Cases>> = {
  'no consent': { of: [], cases: [[doctor, result, 'permit']] },
  'R5: permit': { of: [consent({ decision: 'permit' })], cases: [[doctor, result, 'permit']] },
  'R5: deny': {
    of: [consent({ decision: 'deny' })],
    cases: [
      [doctor, result, 'deny'],
      [write(doctor), result, 'deny'],
      [{ ...nobodyKnown, isPatient: true }, result, 'permit'],
    ],
  },
  'R5: deny, but one practitioner': {
    of: [consent({ decision: 'deny', provision: [{ actor: [actor('Practitioner/1', 'IRCP')] }] })],
    cases: [
      [doctor, result, 'permit'],
      [other, result, 'deny'],
      [nobodyKnown, result, 'deny'],
    ],
  },
  'R5: permit, but not one organisation': {
    of: [consent({ decision: 'permit', provision: [{ actor: [actor('Organization/1')] }] })],
    cases: [
      [doctor, result, 'deny'],
      [other, result, 'permit'],
      [nobodyKnown, result, 'deny'], // the organisations for which it acts are unknown
      [{ ...nobodyKnown, isPatient: true }, result, 'permit'],
    ],
  },
  'R5: permit, but not one client': {
    of: [
      consent({
        decision: 'permit',
        provision: [{ actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'app' } } }] }],
      }),
    ],
    cases: [
      [other, result, 'deny'],
      [doctor, result, 'permit'],
      [{ ...nobodyKnown, isPatient: true }, result, 'deny'], // also when the patient uses it
    ],
  },
  'R5: permit, but not a care team, of which nobody knows who is in it': {
    of: [consent({ decision: 'permit', provision: [{ actor: [actor('CareTeam/1')] }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: deny, but a care team': {
    of: [consent({ decision: 'deny', provision: [{ actor: [actor('CareTeam/1')] }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: an actor with a role that gets no data may be anybody': {
    of: [consent({ decision: 'permit', provision: [{ actor: [actor('Organization/7', 'CST')] }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: permit, but not for research': {
    of: [consent({ decision: 'permit', provision: [{ purpose: [purpose('HRESCH')] }] })],
    cases: [
      [doctor, result, 'permit'],
      [{ ...doctor, purposes: ['HRESCH'] }, result, 'deny'],
      [{ ...doctor, purposes: undefined }, result, 'deny'],
    ],
  },
  'R5: deny, but for treatment': {
    of: [consent({ decision: 'deny', provision: [{ purpose: [purpose('TREAT')] }] })],
    cases: [
      [doctor, result, 'permit'],
      [{ ...doctor, purposes: undefined }, result, 'deny'],
    ],
  },
  'R5: nested provisions alternate': {
    of: [
      consent({
        decision: 'permit',
        provision: [
          {
            resourceType: [type('Observation')],
            provision: [
              {
                actor: [actor('Organization/1'), actor('Organization/2')],
                provision: [{ actor: [actor('Practitioner/2')] }],
              },
            ],
          },
        ],
      }),
    ],
    cases: [
      [{ ...nobodyKnown, organizations: ['Organization/3'] }, result, 'deny'],
      [{ ...nobodyKnown, organizations: ['Organization/3'] }, condition, 'permit'],
      [doctor, result, 'permit'],
      [other, result, 'deny'],
      [other, condition, 'permit'],
    ],
  },
  'R5: of two exceptions, the one that refuses again wins': {
    of: [
      consent({
        decision: 'deny',
        provision: [
          { purpose: [purpose('TREAT')] },
          { actor: [actor('Organization/1')], provision: [{ resourceType: [type('Condition')] }] },
        ],
      }),
    ],
    cases: [
      [doctor, result, 'permit'],
      [doctor, condition, 'deny'],
    ],
  },
  'R5: by code': {
    of: [
      consent({
        decision: 'permit',
        provision: [{ code: [{ coding: [{ system: 'http://loinc.org', code: '718-7' }] }] }],
      }),
    ],
    cases: [
      [doctor, result, 'deny'],
      [doctor, condition, 'permit'],
    ],
  },
  'R5: a code that is a text cannot be found, and may be any': {
    of: [consent({ decision: 'permit', provision: [{ code: [{ text: 'blood' }] }] })],
    cases: [[doctor, condition, 'deny']],
  },
  'R5: by label': {
    of: [consent({ decision: 'permit', provision: [{ securityLabel: [{ system: 'urn:c', code: 'R' }] }] })],
    cases: [
      [doctor, result, 'deny'],
      [doctor, condition, 'permit'],
    ],
  },
  'R5: by the type of a document': {
    of: [
      consent({ decision: 'permit', provision: [{ documentType: [{ system: 'http://loinc.org', code: '34133-9' }] }] }),
    ],
    cases: [
      [doctor, document, 'deny'],
      [doctor, result, 'permit'],
    ],
  },
  'R5: by what the data is of': {
    of: [consent({ decision: 'permit', provision: [{ data: [data('instance', 'Observation/1')] }] })],
    cases: [
      [doctor, result, 'deny'],
      [doctor, { reference: 'Observation/2' }, 'permit'],
    ],
  },
  'R5: by what depends on it': {
    of: [consent({ decision: 'permit', provision: [{ data: [data('dependents', 'Encounter/1')] }] })],
    cases: [
      [doctor, result, 'deny'],
      [doctor, { reference: 'Encounter/1' }, 'deny'],
      [doctor, condition, 'permit'],
    ],
  },
  'R5: by what it refers to': {
    of: [consent({ decision: 'permit', provision: [{ data: [data('related', 'CarePlan/1')] }] })],
    cases: [
      [doctor, { reference: 'CarePlan/1' }, 'deny'],
      [doctor, { reference: 'Goal/2' }, 'deny'], // unknown whether it does
    ],
  },
  'R5: by its author': {
    of: [consent({ decision: 'permit', provision: [{ data: [data('authoredby', 'Practitioner/9')] }] })],
    cases: [
      [doctor, result, 'deny'],
      [doctor, condition, 'permit'],
    ],
  },
  'R5: by the time that it is about': {
    of: [consent({ decision: 'permit', provision: [{ dataPeriod: { start: '2026-01-01', end: '2026-01-31' } }] })],
    cases: [
      [doctor, result, 'deny'],
      [doctor, { ...result, date: { low: Date.parse('2026-02-01'), high: Date.parse('2026-02-02') } }, 'permit'],
      [doctor, condition, 'deny'], // of an unknown time
    ],
  },
  'R5: permitted by the time that it is about, of which nothing is known': {
    of: [consent({ decision: 'deny', provision: [{ dataPeriod: { start: '2026-01-01', end: '2026-01-31' } }] })],
    cases: [
      [doctor, result, 'permit'],
      [doctor, condition, 'deny'],
    ],
  },
  'R5: by the time of the request': {
    of: [
      consent({
        decision: 'permit',
        provision: [{ period: { start: '2026-03-01T00:00:00+05:00', end: '2026-03-01T12:00:00+05:00' } }],
      }),
    ],
    cases: [
      [doctor, result, 'deny'],
      [{ ...doctor, at: doctor.at + 1_000 }, result, 'permit'],
    ],
  },
  'R5: only writing': {
    of: [consent({ decision: 'permit', provision: [{ action: [act('collect')] }] })],
    cases: [
      [doctor, result, 'permit'],
      [write(doctor), result, 'deny'],
    ],
  },
  'R5: only reading, and so writing': {
    of: [consent({ decision: 'permit', provision: [{ action: [act('access')] }] })],
    cases: [
      [doctor, result, 'deny'],
      [write(doctor), result, 'deny'],
    ],
  },
  'R5: an action that nobody knows may be any': {
    of: [consent({ decision: 'permit', provision: [{ action: [act('dance')] }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: nor one that is a member of every object of JavaScript': {
    of: [consent({ decision: 'permit', provision: [{ action: [act('constructor')] }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: an expression is not understood: it refuses': {
    of: [consent({ decision: 'permit', provision: [{ expression: { language: 'text/cql', expression: 'x' } }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: an expression is not understood: it permits nothing': {
    of: [consent({ decision: 'deny', provision: [{ expression: { language: 'text/cql', expression: 'x' } }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: a period that cannot be read permits nothing': {
    of: [consent({ decision: 'deny', provision: [{ period: { start: 'soon' } }] })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: of several consents a refusal wins': {
    of: [consent({ decision: 'permit', date: '2026-02-01' }), consent({ decision: 'deny', date: '2026-01-01' })],
    cases: [[doctor, result, 'deny']],
  },
  'R5: a provision without a decision refuses': {
    of: [consent({ provision: [{ actor: [actor('Practitioner/1')] }] })],
    cases: [
      [doctor, result, 'deny'],
      [other, result, 'permit'],
    ],
  },
  'R5: not yet, and no longer': {
    of: [
      consent({ decision: 'deny', period: { start: '2026-04-01' } }),
      consent({ decision: 'deny', period: { end: '2026-02-28' } }),
    ],
    cases: [
      [doctor, result, 'permit'],
      [{ ...doctor, at: Date.parse('2026-04-01T00:00:00+05:00') }, result, 'deny'],
    ],
  },
  'R5: a relative by a grant': {
    of: [consent({ decision: 'deny' }), consent({ decision: 'permit', grantee: [{ reference: 'RelatedPerson/1' }] })],
    cases: [
      [{ ...nobodyKnown, persons: ['RelatedPerson/1'] }, result, 'permit'],
      [{ ...nobodyKnown, persons: ['RelatedPerson/2'] }, result, 'deny'],
    ],
  },
  'national: an opt-out': {
    of: [national({ decision: 'deny', provision: [{ action: [act('disclose')], purpose: [purpose('RECORDMGT')] }] })],
    cases: [
      [{ ...doctor, purposes: undefined }, result, 'deny'],
      [{ ...doctor, purposes: undefined, action: 'write' }, result, 'deny'],
      [doctor, result, 'deny'], // the only purpose of the profile is all that the platform does
      [{ ...nobodyKnown, isPatient: true }, result, 'permit'],
    ],
  },
  'the same by R5 permits disclosing': {
    of: [consent({ decision: 'deny', provision: [{ action: [act('disclose')] }] })],
    cases: [
      [doctor, result, 'permit'],
      [write(doctor), result, 'deny'],
    ],
  },
  'national: a permission': {
    of: [national({ decision: 'permit', provision: [{ action: [act('disclose')] }] })],
    cases: [[doctor, result, 'permit']],
  },
  'the same by R5 refuses disclosing': {
    of: [consent({ decision: 'permit', provision: [{ action: [act('disclose')] }] })],
    cases: [[doctor, result, 'deny']],
  },
  'national: a later permission opts in again': {
    of: [national({ decision: 'permit', date: '2026-02-02' }), national({ decision: 'deny', date: '2026-02-01' })],
    cases: [[doctor, result, 'permit']],
  },
  'national: a later refusal opts out again': {
    of: [national({ decision: 'deny', date: '2026-02-02' }), national({ decision: 'permit', date: '2026-02-01' })],
    cases: [[doctor, result, 'deny']],
  },
  'national: a later permission takes nothing back that R5 refuses': {
    of: [national({ decision: 'permit', date: '2026-02-02' }), consent({ decision: 'deny', date: '2026-02-01' })],
    cases: [[doctor, result, 'deny']],
  },
  'national: the time of the provision': {
    of: [national({ decision: 'deny', provision: [{ action: [act('disclose')], period: { end: '2026-02-01' } }] })],
    cases: [[doctor, result, 'permit']],
  },
};

describe('what consents say', () => {
  for (const [name, { of, cases }] of Object.entries(table)) {
    it(name, () => {
      for (const [n, [asked, resource, expected]] of cases.entries()) {
        const found = decide(of.map(read), asked, resource);
        assert.equal(found.decision, expected, `case ${String(n)}: ${JSON.stringify({ asked, resource, found })}`);
        if (found.decision === 'deny') assert.equal(found.reason, 'consent');
      }
    });
  }

  it('tells why it permits', () => {
    const optOut = read(consent({ decision: 'deny' }));
    const grant = read(consent({ decision: 'permit', grantee: [{ reference: 'RelatedPerson/1' }] }));
    const reasonOf = (consents: Parameters<typeof decide>[0], asked: Asked): string =>
      decide(consents, asked, result).reason;
    assert.equal(reasonOf([], doctor), 'no-consent');
    assert.equal(reasonOf([optOut], { ...doctor, isPatient: true }), 'own-record');
    assert.equal(reasonOf([optOut, grant], { ...nobodyKnown, persons: ['RelatedPerson/1'] }), 'grantee');
    assert.equal(reasonOf([grant], doctor), 'not-refused');
  });
});

describe('a Consent that says nothing here', () => {
  const cases: Readonly<Record<string, Record<string, unknown>>> = {
    draft: consent({ status: 'draft', decision: 'deny' }),
    inactive: consent({ status: 'inactive', decision: 'deny' }),
    'entered in error': consent({ status: 'entered-in-error', decision: 'deny' }),
    'of a group': consent({ subject: { reference: 'Group/1' }, decision: 'deny' }),
    'of a patient of another server': consent({ subject: { reference: 'https://other.example/Patient/1' } }),
    'of nobody': consent({ subject: undefined }),
  };
  for (const [name, given] of Object.entries(cases))
    it(name, () => {
      assert.equal(readConsent(given, means), undefined);
    });

  it('but of a patient by the whole address of this server, or a version', () => {
    for (const reference of ['https://fhir.example/base/Patient/1', 'Patient/1/_history/3'])
      assert.equal(
        read(consent({ subject: { reference, identifier: { value: '9' } }, decision: 'deny' })).patient,
        '1',
      );
  });
});

describe('the reading', () => {
  it('is the national one by the profile, of whatever version', () => {
    assert.ok(isNational({ meta: { profile: ['urn:x', nationalProfile] } }));
    assert.ok(isNational({ meta: { profile: [`${nationalProfile}|0.7.0`] } }));
    assert.ok(!isNational({ meta: { profile: [`${nationalProfile}-other`] } }));
    assert.ok(!isNational({}));
  });
});
