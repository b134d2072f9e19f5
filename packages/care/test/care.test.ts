/** Links of care, read of resources: each kind of link, its windows, and how it ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, heldAfter, linksOf, windowsOf, type CareAsked, type HeldLink } from '../src/index.ts';
import { kinds, means } from './values.ts';

const stored = Date.parse('2026-03-10T12:00:00+05:00');
const days = (count: number): number => count * 86_400_000;
const asker = {
  ...{ patient: 'Patient/1', actors: ['Practitioner/2', 'Organization/7'], subject: 'doctor' },
  windows: windowsOf(),
};

function held(resource: Record<string, unknown>, id = '1', upd = stored): HeldLink[] {
  return heldAfter([], linksOf(resource, id, upd, means), 'registrar');
}

/** Makes the doctor a member of the team that links may name. */
const inTeam = held(
  { resourceType: 'CareTeam', status: 'active', participant: [{ member: { reference: 'Practitioner/2' } }] },
  '3',
);

function cares(resource: Record<string, unknown>, asked: Partial<CareAsked> = {}): boolean {
  return decide([...held(resource), ...inTeam], { ...asker, at: stored, ...asked });
}

const end = '2026-03-20T12:00:00+05:00';
/** An instant with seconds is as long as a second. */
const ended = Date.parse(end) + 1_000;
interface Case {
  /** The status with which it has ended, and the elements with the end date. */
  readonly over?: object;
  /** Statuses, or other elements, without a link. */
  readonly none: readonly object[];
  readonly after?: number;
  /** Without a date it ends when the version with that status is stored. */
  readonly undated?: object;
}
const visit: Case = {
  over: { status: 'completed', actualPeriod: { start: '2026-03-10', end } },
  none: [{ status: 'cancelled' }, { status: 'entered-in-error' }, { status: 'unknown' }],
  ...{ after: 30, undated: { status: 'discharged' } },
};
const episode: Case = {
  over: { status: 'finished', period: { start: '2026-03-10', end } },
  none: [{ status: 'cancelled' }, { status: 'entered-in-error' }],
  ...{ after: 30, undated: { status: 'finished' } },
};
const request: Case = {
  none: [{ status: 'draft' }, { status: 'revoked' }, { status: 'entered-in-error' }],
  ...{ after: 30, undated: { status: 'completed' } },
};
const task: Case = {
  over: { status: 'completed', executionPeriod: { end } },
  none: [{ status: 'draft' }, { status: 'rejected' }, { status: 'cancelled' }, { status: 'failed' }],
  ...{ after: 30, undated: { status: 'completed' } },
};
const team: Case = {
  over: { status: 'inactive', period: { end } },
  none: [{ status: 'proposed' }, { status: 'suspended' }, { status: 'entered-in-error' }],
  after: 0,
};
const practice: Case = { none: [{ active: false }, { generalPractitioner: [], managingOrganization: {} }] };
const booking: Case = {
  over: { status: 'fulfilled', start: '2026-03-10T12:00:00+05:00', end },
  none: [{ status: 'cancelled' }, { status: 'noshow' }, { status: 'proposed' }, { status: 'entered-in-error' }],
  ...{ after: 30, undated: { status: 'fulfilled' } },
};
const cases: Readonly<Record<string, Case>> = {
  'participant of a visit': visit,
  'provider of a visit': visit,
  'team of a visit': visit,
  'manager of an episode': episode,
  'team of an episode': episode,
  'organisation of an episode': episode,
  'member of a team': team,
  'general practitioner': practice,
  'managing organisation': practice,
  'performer of a request': request,
  'requester of a request': request,
  'owner of a task': task,
  'requester of a task': task,
  'participant of an appointment': booking,
};

describe('a link', () => {
  for (const [kind, of] of Object.entries(kinds)) {
    const { over, none, after = 0, undated } = cases[kind]!;
    it(`of a ${kind} is there while it is open, for that patient and that actor`, () => {
      assert.equal(cares(of()), true);
      assert.equal(cares(of(), { patient: 'Patient/9' }), false);
      assert.equal(cares(of(), { actors: ['Practitioner/9', 'Organization/9'] }), false);
    });
    it(`of a ${kind} is none by another status`, () => {
      for (const members of none) assert.equal(cares(of(members)), false, JSON.stringify(members));
    });
    it(`of a ${kind} ends, a window after it`, () => {
      if (over !== undefined) {
        assert.equal(cares(of(over), { at: ended + days(after) - 1 }), true);
        assert.equal(cares(of(over), { at: ended + days(after) }), false);
      }
      if (undated === undefined) return;
      assert.equal(cares(of(undated), { at: stored + days(after) - 1 }), true);
      assert.equal(cares(of(undated), { at: stored + days(after) }), false);
    });
  }

  it('of a plan counts a window before, and not for ever while nobody ends it', () => {
    const planned = kinds['participant of a visit']!({ status: 'planned', plannedStartDate: end });
    const begins = Date.parse(end);
    assert.equal(cares(planned, { at: begins - days(1) - 1 }), false);
    assert.equal(cares(planned, { at: begins - days(1) }), true);
    assert.equal(cares(planned, { at: begins + days(180) - 1 }), true);
    assert.equal(cares(planned, { at: begins + days(180) }), false);
  });

  it('that does not say when it begins counts from when it was stored, and not for ever either', () => {
    for (const [kind, of] of Object.entries(kinds)) {
      const type = String(of()['resourceType']);
      const { open } = windowsOf()[type as keyof ReturnType<typeof windowsOf>];
      const last = open === undefined ? Infinity : stored + days(open);
      if (open !== undefined) assert.equal(cares(of(), { at: last }), false, kind);
      assert.equal(cares(of(), { at: Math.min(last, stored + days(9_999)) - 1 }), true, kind);
    }
  });

  it('has the windows of the policy', () => {
    const windows = windowsOf({ Encounter: { after: 2 } });
    const over = kinds['participant of a visit']!(visit.over);
    assert.equal(cares(over, { windows, at: ended + days(2) - 1 }), true);
    assert.equal(cares(over, { windows, at: ended + days(2) }), false);
    assert.deepEqual(windows.Encounter, { before: 1, after: 2, open: 180 });
  });

  it('of a participant is as long as the participant takes part', () => {
    const past = { start: '2026-01-01', end: '2026-01-02' };
    const actor = { reference: 'Practitioner/2' };
    const inVisit = { participant: [{ actor, period: past }] };
    assert.equal(cares(kinds['participant of a visit']!(inVisit)), false);
    const ofTeam = { participant: [{ member: actor, coveragePeriod: past }] };
    assert.equal(cares(kinds['member of a team']!(ofTeam)), false);
    const patient = { actor: { reference: 'Patient/1' }, status: 'accepted' };
    const accepted = { participant: [patient, { actor, status: 'accepted' }] };
    assert.equal(cares(kinds['participant of an appointment']!(accepted)), true);
    const declined = { participant: [patient, { actor, status: 'declined' }] };
    assert.equal(cares(kinds['participant of an appointment']!(declined)), false);
  });

  it('with a date that cannot be read is none', () => {
    assert.equal(cares(kinds['manager of an episode']!({ period: { end: 'soon' } })), false);
    assert.equal(cares(kinds['performer of a request']!({ authoredOn: 'then' })), false);
  });

  it('leads to patients and actors of this server alone', () => {
    const elsewhere = { subject: { reference: 'https://other.example/Patient/1' } };
    assert.equal(cares(kinds['participant of a visit']!(elsewhere)), false);
    const absolute = { subject: { reference: 'https://fhir.example/base/Patient/1' } };
    assert.equal(cares(kinds['participant of a visit']!(absolute)), true);
    const relative = { participant: [{ actor: { reference: 'RelatedPerson/2' } }] };
    assert.equal(cares(kinds['participant of a visit']!(relative), { actors: ['RelatedPerson/2'] }), false);
  });
});

describe('an actor', () => {
  const role = held({ resourceType: 'PractitionerRole', practitioner: { reference: 'Practitioner/2' } }, '4');
  const visitOf = (reference: string): HeldLink[] =>
    held(kinds['participant of a visit']!({ participant: [{ actor: { reference } }] }));

  it('is the own PractitionerRole, as long as it is active', () => {
    const asked = { ...asker, at: stored };
    assert.equal(decide([...visitOf('PractitionerRole/4'), ...role], asked), true);
    assert.equal(decide(visitOf('PractitionerRole/4'), asked), false);
    const old = { resourceType: 'PractitionerRole', practitioner: { reference: 'Practitioner/2' } };
    for (const over of [{ active: false }, { period: { end: '2026-01-01' } }])
      assert.equal(decide([...visitOf('PractitionerRole/4'), ...held({ ...old, ...over }, '4')], asked), false);
  });

  it('is a team that has the role in it, and a team of the team', () => {
    const asked = { ...asker, at: stored };
    const teamOf = (reference: string, id: string): HeldLink[] =>
      held({ resourceType: 'CareTeam', status: 'active', participant: [{ member: { reference } }] }, id);
    const visitOfTeam = held(kinds['team of a visit']!());
    assert.equal(decide([...visitOfTeam, ...role, ...teamOf('PractitionerRole/4', '3')], asked), true);
    assert.equal(decide([...visitOfTeam, ...teamOf('Organization/7', '3')], asked), true);
    const nested = [...teamOf('Practitioner/2', '5'), ...teamOf('CareTeam/5', '3')];
    assert.equal(decide([...visitOfTeam, ...nested], asked), true);
    assert.equal(decide([...visitOfTeam, ...nested, ...teamOf('CareTeam/3', '5')], { ...asked, actors: [] }), false);
  });
});

describe('a link of the own hand', () => {
  const visitOf = (members: object): Record<string, unknown> => kinds['participant of a visit']!(members);
  const next = (before: HeldLink[], members: object, by: string | undefined, upd = stored): HeldLink[] =>
    heldAfter(before, linksOf(visitOf(members), '1', upd, means), by);
  const asked = { ...asker, at: stored };

  it('shows nobody anything, and counts for others', () => {
    const own = next([], {}, 'doctor');
    assert.equal(decide(own, asked), false);
    assert.equal(decide(own, { ...asked, subject: 'other' }), true);
    assert.equal(decide(next([], {}, undefined), asked), true);
  });

  it('does not take away what others have written', () => {
    const planned = next([], { status: 'planned', plannedStartDate: '2026-03-10T13:00:00+05:00' }, 'registrar');
    const begun = next(planned, { actualPeriod: { start: '2026-03-10T11:50:00+05:00' } }, 'doctor');
    assert.equal(decide(begun, asked), true);
    const over = { start: '2026-03-10T11:50:00+05:00', end: '2026-03-10T12:30:00+05:00' };
    const done = next(begun, { status: 'completed', actualPeriod: over }, 'doctor');
    const last = Date.parse(over.end) + 1_000 + days(30);
    assert.equal(decide(done, { ...asked, at: last - 1 }), true);
    assert.equal(decide(done, { ...asked, at: last }), false);
  });

  it('does not make longer what others have written', () => {
    const over = { status: 'completed', actualPeriod: { start: '2026-01-01', end: '2026-01-02' } };
    const done = next([], over, 'registrar');
    assert.equal(decide(done, asked), false);
    const again = next(done, { status: 'in-progress', actualPeriod: { start: '2026-01-01' } }, 'doctor');
    assert.equal(decide(again, asked), false);
    const future = next([], { status: 'planned', plannedStartDate: '2026-06-01' }, 'registrar');
    assert.equal(decide(next(future, { status: 'in-progress' }, 'doctor'), asked), false);
    assert.equal(decide(next(future, { status: 'in-progress' }, 'registrar'), asked), true);
  });

  it('ends once, however often an undated end is stored again', () => {
    const done = next([], { status: 'completed' }, 'registrar');
    const later = next(done, { status: 'completed' }, 'nurse', stored + days(300));
    assert.equal(decide(later, { ...asked, at: stored + days(300) }), false);
  });

  it('is told by two of many writers', () => {
    let links: HeldLink[] = [];
    for (const by of ['a', 'b', 'c', 'd', 'doctor']) links = next(links, {}, by);
    assert.ok(links.length <= 2, JSON.stringify(links));
    for (const subject of ['a', 'b', 'c', 'd', 'doctor']) assert.equal(decide(links, { ...asked, subject }), true);
    assert.equal(next(links, {}, undefined).length, 1);
  });
});
