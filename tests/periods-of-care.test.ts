/**
 * Each period and date of the resources that state who cares for whom, or what belongs to what, in each shape: no access without a stated
 * time.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, heldAfter, linksOf, membershipsOf, windowsOf, type HeldLink } from '@dhp/care';
import { representedIn } from '../packages/accounts/src/records/record-state.ts';
import { cases, type Told } from './periods.ts';

const means = { timeZone: 'Asia/Tashkent', ownBases: [] };
const to = (reference: string): object => ({ reference });
const subject = to('Patient/1');
const doctor = to('Practitioner/2');
const none = { before: 0, after: 0 };
/** Without days before and after, and without an end for open periods. */
const windows = windowsOf(
  Object.fromEntries(
    ['Encounter', 'EpisodeOfCare', 'CareTeam', 'Patient', 'ServiceRequest', 'Task', 'Appointment'].map((type) => [
      type,
      { ...none, open: undefined },
    ]),
  ),
);
const stored = Date.parse('2026-03-10T12:00:00+05:00');

function held(resource: Record<string, unknown>): HeldLink[] {
  const sent = JSON.parse(JSON.stringify(resource)) as Record<string, unknown>;
  return heldAfter([], linksOf(sent, '1', stored, means), 'registrar');
}

type Made = (period: unknown) => Record<string, unknown>;

const ofPatients: Readonly<Record<string, Made>> = {
  'Encounter.actualPeriod': (actualPeriod) => ({
    ...{ resourceType: 'Encounter', status: 'in-progress', subject, actualPeriod, participant: [{ actor: doctor }] },
  }),
  'Encounter.participant.period': (period) => ({
    ...{ resourceType: 'Encounter', status: 'in-progress', subject, participant: [{ actor: doctor, period }] },
  }),
  'EpisodeOfCare.period': (period) => ({
    ...{ resourceType: 'EpisodeOfCare', status: 'active', patient: subject, careManager: doctor, period },
  }),
  'CareTeam.period': (period) => ({
    ...{ resourceType: 'CareTeam', status: 'active', subject, participant: [{ member: doctor }], period },
  }),
  'CareTeam.participant.coveragePeriod': (coveragePeriod) => ({
    ...{ resourceType: 'CareTeam', status: 'active', subject, participant: [{ member: doctor, coveragePeriod }] },
  }),
};

describe('a link to a patient holds within its time alone', () => {
  for (const [place, made] of Object.entries(ofPatients))
    it(place, () => {
      for (const { name, period, at, told } of cases) {
        const asked = { patient: 'Patient/1', actors: ['Practitioner/2'], subject: 'doctor', at, windows };
        assert.equal(decide(held(made(period)), asked), told === 'within', name);
      }
    });
});

const memberships: Readonly<Record<string, readonly [group: string, made: Made]>> = {
  'PractitionerRole.period': [
    'PractitionerRole/1',
    (period) => ({ resourceType: 'PractitionerRole', practitioner: doctor, period }),
  ],
  'CareTeam.period': [
    'CareTeam/1',
    (period) => ({ resourceType: 'CareTeam', status: 'active', participant: [{ member: doctor }], period }),
  ],
  'CareTeam.participant.coveragePeriod': [
    'CareTeam/1',
    (coveragePeriod) => ({
      resourceType: 'CareTeam',
      status: 'active',
      participant: [{ member: doctor, coveragePeriod }],
    }),
  ],
  'Group.member.period': [
    'Group/1',
    (period) => ({ resourceType: 'Group', membership: 'enumerated', member: [{ entity: doctor, period }] }),
  ],
};

describe('a membership permits within its time alone, and is not known where that is not told', () => {
  for (const [place, [group, made]] of Object.entries(memberships))
    it(place, () => {
      for (const { name, period, at, told, isRead } of cases) {
        const found = membershipsOf(held(made(period)), { actors: ['Practitioner/2'], subject: 'doctor', at });
        const isRefused = found.maybe.has(group) || !found.isKnown(group);
        assert.equal(found.surely.has(group), told === 'within', name);
        assert.equal(isRefused, told === 'within' || !isRead, name);
      }
    });
});

it('a RelatedPerson stands for the patient within its period alone', () => {
  const patient = { reference: 'Patient/1' };
  for (const { name, period, at, told } of cases) {
    const sent = JSON.parse(JSON.stringify({ patient, period })) as Parameters<typeof representedIn>[0];
    assert.equal(representedIn(sent, new Date(at)), told === 'within' ? '1' : undefined, name);
  }
});

const unknown = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

/** A date by which a link begins, or ends, in each shape: of which the link holds in March 2026. */
const dates: Readonly<Record<string, readonly [of: (name: string) => object, told: Told]>> = {
  'before it': [(name) => ({ [name]: '2026-02-28' }), 'within'],
  'behind it': [(name) => ({ [name]: '2026-04-01' }), 'outside'],
  'that cannot be read': [(name) => ({ [name]: 'soon' }), 'untold'],
  'on a day that there is not': [(name) => ({ [name]: '2026-02-30' }), 'untold'],
  'that is unknown': [(name) => ({ [`_${name}`]: unknown }), 'untold'],
  'of nothing': [(name) => ({ [name]: null }), 'untold'],
};

const begun: Readonly<Record<string, readonly [name: string, resource: object]>> = {
  'ServiceRequest.authoredOn': [
    'authoredOn',
    { resourceType: 'ServiceRequest', status: 'active', subject, performer: [doctor] },
  ],
  'Task.authoredOn': ['authoredOn', { resourceType: 'Task', status: 'accepted', for: subject, owner: doctor }],
  'Encounter.plannedStartDate': [
    'plannedStartDate',
    { resourceType: 'Encounter', status: 'planned', subject, participant: [{ actor: doctor }] },
  ],
  'Appointment.start': [
    'start',
    {
      ...{ resourceType: 'Appointment', status: 'booked', end: '2026-12-01' },
      participant: [
        { actor: doctor, status: 'accepted' },
        { actor: subject, status: 'accepted' },
      ],
    },
  ],
};

describe('a date by which a link begins', () => {
  for (const [place, [name, resource]] of Object.entries(begun))
    for (const [shape, [of, told]] of Object.entries(dates))
      it(`${place} ${shape}`, () => {
        const at = Date.parse('2026-03-15T12:00:00+05:00');
        const asked = { patient: 'Patient/1', actors: ['Practitioner/2'], subject: 'doctor', at, windows };
        assert.equal(decide(held({ ...resource, ...of(name) }), asked), told === 'within');
      });
});
