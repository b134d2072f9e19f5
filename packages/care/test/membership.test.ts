/** Memberships in roles, teams and groups: each way to state one, and each in which it is unknown. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heldAfter, linksOf, membershipsOf, type HeldLink } from '../src/index.ts';
import { means } from './values.ts';

const at = Date.parse('2026-03-10T12:00:00+05:00');
const to = (reference: string): object => ({ reference });
const doctor = to('Practitioner/2');
const me = { actors: ['Practitioner/2', 'Organization/7'], subject: 'doctor', at };

function held(resource: Record<string, unknown>, by: string | undefined = 'registrar'): HeldLink[] {
  return heldAfter([], linksOf(resource, '1', at, means), by);
}
const team = (participant: object, more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'CareTeam', status: 'active', participant: [participant] },
  ...more,
});
const group = (member: object, more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'Group', type: 'practitioner', membership: 'enumerated', member: [member] },
  ...more,
});
const role = (more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'PractitionerRole', practitioner: doctor },
  ...more,
});

type Expected = 'in' | 'out' | 'unknown';
const table: Readonly<Record<string, readonly [of: Record<string, unknown>, expected: Expected]>> = {
  'a role': [role(), 'in'],
  'a role that is not active': [role({ active: false }), 'out'],
  'a role that is over': [role({ period: { end: '2026-03-01' } }), 'out'],
  'a role to come': [role({ period: { start: '2026-04-01' } }), 'out'],
  'a role of somebody else': [role({ practitioner: to('Practitioner/9') }), 'out'],
  'a role of nobody who is named': [role({ practitioner: undefined }), 'unknown'],
  'a role with a period that cannot be read': [role({ period: { end: 'soon' } }), 'unknown'],
  'a team': [team({ member: doctor }), 'in'],
  'a team of the organisation': [team({ member: to('Organization/7') }), 'in'],
  'a team without a status': [team({ member: doctor }, { status: undefined }), 'in'],
  'a team that does not act': [team({ member: doctor }, { status: 'suspended' }), 'out'],
  'a team that has ended': [team({ member: doctor }, { status: 'inactive' }), 'out'],
  'a team whose period is over': [team({ member: doctor }, { period: { end: '2026-03-01' } }), 'out'],
  'a team that was left': [team({ member: doctor, coveragePeriod: { end: '2026-03-01' } }), 'out'],
  'a team of others': [team({ member: to('Practitioner/9') }), 'out'],
  'a team of a relative': [team({ member: to('RelatedPerson/9') }), 'out'],
  'a team of who is named by an identifier': [team({ member: { identifier: { value: '1' } } }), 'unknown'],
  'a team of who is elsewhere': [team({ member: to('https://elsewhere.example/Practitioner/2') }), 'unknown'],
  'a team of a team that is not here': [team({ member: to('CareTeam/9') }), 'unknown'],
  'a team of itself': [team({ member: to('CareTeam/1') }), 'out'],
  'a group': [group({ entity: doctor }), 'in'],
  'a group of the organisation': [group({ entity: to('Organization/7') }), 'in'],
  'a group that was left': [group({ entity: doctor, inactive: true }), 'out'],
  'a group in which the time is over': [group({ entity: doctor, period: { end: '2026-03-01' } }), 'out'],
  'a group that is not in use': [group({ entity: doctor }, { active: false }), 'out'],
  'a group of nobody': [group({}, { member: undefined }), 'out'],
  'a group of specimens': [group({ entity: to('Specimen/1') }), 'out'],
  'a group of a service': [group({ entity: to('HealthcareService/1') }), 'unknown'],
  'a group by properties': [group({ entity: to('Practitioner/9') }, { membership: 'definitional' }), 'unknown'],
  'a group that does not say how it is made': [
    group({ entity: to('Practitioner/9') }, { membership: undefined }),
    'unknown',
  ],
};

describe('somebody belongs to', () => {
  for (const [name, [resource, expected]] of Object.entries(table))
    it(`${name}: ${expected}`, () => {
      const own = `${String(resource['resourceType'])}/1`;
      const { surely, maybe, isKnown } = membershipsOf(held(resource), me);
      const told: Expected = surely.has(own) ? 'in' : isKnown(own) ? 'out' : 'unknown';
      assert.equal(told, expected);
      assert.equal(maybe.has(own), expected === 'in');
    });

  it('what the own hand says, maybe, and not surely', () => {
    const { surely, maybe } = membershipsOf(held(team({ member: doctor }), 'doctor'), me);
    assert.deepEqual([surely.has('CareTeam/1'), maybe.has('CareTeam/1')], [false, true]);
  });

  it('what the whole belongs to of which the own organisation is a part, maybe', () => {
    const part = heldAfter(
      [],
      linksOf({ resourceType: 'Organization', partOf: to('Organization/8') }, '7', at, means),
      undefined,
    );
    const { surely, maybe } = membershipsOf([...part, ...held(group({ entity: to('Organization/8') }))], me);
    assert.deepEqual([surely.has('Group/1'), maybe.has('Group/1')], [false, true]);
  });
});
