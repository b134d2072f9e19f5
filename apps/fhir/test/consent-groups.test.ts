/**
 * Consents that name a role, a team or a group: who is a member, for permissions and refusals. The effect ends with the membership, nobody
 * can gain access by a membership that they wrote, and if the members are unknown, a refusal applies to everybody.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nationalProfile } from '@dhp/consent';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { entriesOf, put } from './searches.ts';

/** Backends, by their organisation. What `lost` is part of is unknown. */
const backends = ['hospital', 'ward', 'other', 'lost', 'nowhere'] as const;
type Who = (typeof backends)[number] | 'doctor' | 'nurse';
/** Callers whose memberships are known. */
const known = 'hospital ward other doctor nurse';
const all = 'hospital ward other lost nowhere doctor nurse';

let server: TestServer;
let patient: string;
const tokens = new Map<Who, string>();

const to = (reference: string): object => ({ reference });
const team = (id: string, members: readonly string[], more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'CareTeam', id, status: 'active', participant: members.map((each) => ({ member: to(each) })) },
  ...more,
});
const group = (id: string, members: readonly string[], more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'Group', id, type: 'practitioner', membership: 'enumerated' },
  member: members.map((each) => ({ entity: to(each) })),
  ...more,
});
const observation = {
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { text: 'x' },
  subject: to('Patient/p'),
};
const condition = { resourceType: 'Condition', id: 'c', code: { text: 'x' }, subject: to('Patient/p') };

before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  const of = (id: string, partOf?: string): Record<string, unknown> => ({
    ...{
      resourceType: 'Organization',
      id,
      name: id,
      ...(partOf !== undefined && { partOf: to(`Organization/${partOf}`) }),
    },
  });
  await put(server, of('hospital'), of('ward', 'hospital'), of('other'), of('lost', 'elsewhere'));
  await put(server, { resourceType: 'Patient', id: 'p' }, observation, condition);
  const ended = { participant: [{ member: to('Practitioner/doctor'), coveragePeriod: { end: '2020-01-01' } }] };
  await put(
    server,
    { resourceType: 'PractitionerRole', id: 'r', practitioner: to('Practitioner/doctor') },
    { resourceType: 'PractitionerRole', id: 'vacant', organization: to('Organization/ward') },
    ...[team('t', ['Practitioner/nurse']), team('outer', ['CareTeam/t']), team('by-role', ['PractitionerRole/r'])],
    ...[team('ended', [], ended), team('inactive', ['Practitioner/doctor'], { status: 'inactive' })],
    team('around', ['CareTeam/around', 'Practitioner/nurse']),
    ...[
      group('g', ['Practitioner/doctor']),
      group('of-teams', ['CareTeam/outer']),
      group('clinic', ['Organization/hospital']),
    ],
    ...[group('old', [], { membership: 'definitional' }), group('vague', ['CareTeam/not-here']), group('nobody', [])],
    group('left', [], { member: [{ entity: to('Practitioner/doctor'), inactive: true }] }),
    group('elsewhere', ['https://elsewhere.example/Practitioner/1']),
    group('open-role', ['PractitionerRole/vacant']),
  );
  const token = (claims: Record<string, unknown>): Promise<string> =>
    server.sso.token({ scope: 'system/*.cruds', ...claims });
  for (const who of backends)
    tokens.set(who, await token({ client_id: who, sub: who, organization: `Organization/${who}` }));
  patient = await token({ scope: 'patient/*.cruds', client_id: 'app', patient: 'p' });
  const worker = { scope: 'user/*.cruds', policies: ['user/*.cruds'], client_id: 'portal' };
  for (const [who, place] of [
    ['doctor', 'ward'],
    ['nurse', 'other'],
  ] as const)
    tokens.set(
      who,
      await token({
        ...{
          ...worker,
          sub: who,
          fhirUser: `${baseUrl}/Practitioner/${who}`,
          roles: [`family-doctor Organization/${place}`],
        },
      }),
    );
  await server.store.buildConsents();
  await server.store.buildMembers();
  await activatePolicies(server, { ...{ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] } });
});
after(() => server.close());

async function consent(members: object): Promise<void> {
  const body = { resourceType: 'Consent', id: 'k', status: 'active', subject: to('Patient/p'), ...members };
  const headers = { 'content-type': 'application/fhir+json' };
  const reply = await server.request('PUT', '/Consent/k', { token: patient, headers, body: JSON.stringify(body) });
  assert.ok(reply.status < 300, reply.text);
}

/** Returns the callers who see a resource of the patient; a read and a search must agree. */
async function seeing(path = 'Observation/o'): Promise<string> {
  const found: Who[] = [];
  for (const [who, token] of tokens) {
    const { status } = await server.request('GET', `/${path}`, { token });
    const [type, id] = path.split('/');
    const page = await server.request('GET', `/${type!}?_id=${id!}`, { token });
    assert.equal(entriesOf(page).length, status === 200 ? 1 : 0, `${who} ${path}`);
    if (status === 200) found.push(who);
  }
  return found.join(' ');
}

const without = (who: string, ...left: string[]): string =>
  who
    .split(' ')
    .filter((each) => !left.includes(each))
    .join(' ');

/** By the actor of a provision: the callers who still see the record with a refusal, and those who see it with a permission. */
const actors: Readonly<Record<string, { readonly refused: string; readonly permitted: string }>> = {
  'CareTeam/t': { refused: without(known, 'nurse'), permitted: 'nurse' },
  'CareTeam/outer': { refused: without(known, 'nurse'), permitted: 'nurse' },
  'CareTeam/by-role': { refused: without(known, 'doctor'), permitted: 'doctor' },
  'CareTeam/around': { refused: without(known, 'nurse'), permitted: 'nurse' },
  'CareTeam/ended': { refused: known, permitted: '' },
  'CareTeam/inactive': { refused: known, permitted: '' },
  'PractitionerRole/r': { refused: without(known, 'doctor'), permitted: 'doctor' },
  'PractitionerRole/vacant': { refused: '', permitted: '' },
  'Group/g': { refused: without(known, 'doctor'), permitted: 'doctor' },
  'Group/of-teams': { refused: without(known, 'nurse'), permitted: 'nurse' },
  // Parts are refused with the whole, and permitted nothing by it.
  'Group/clinic': { refused: 'other nurse', permitted: 'hospital' },
  'Group/nobody': { refused: known, permitted: '' },
  'Group/left': { refused: known, permitted: '' },
  // The members are unknown.
  'Group/old': { refused: '', permitted: '' },
  'Group/vague': { refused: '', permitted: '' },
  'Group/elsewhere': { refused: '', permitted: '' },
  'Group/open-role': { refused: '', permitted: '' },
  'Group/not-here': { refused: '', permitted: '' },
};

describe('a consent that names', () => {
  for (const [reference, { refused, permitted }] of Object.entries(actors))
    it(reference, async () => {
      const provision = [{ actor: [{ reference: to(reference) }] }];
      await consent({ decision: 'permit', provision });
      assert.equal(await seeing(), refused, 'R5, a refusal');
      await consent({ decision: 'deny', provision });
      assert.equal(await seeing(), permitted, 'R5, a permission');
      const meta = { profile: [nationalProfile] };
      await consent({ meta, decision: 'deny', provision });
      assert.equal(await seeing(), refused, 'in the national reading, a refusal');
      await consent({ meta, decision: 'permit', provision });
      assert.equal(await seeing(), all, 'in the national reading, a permission');
      const ofType = [{ ...provision[0], resourceType: [{ code: 'Condition' }] }];
      await consent({ decision: 'permit', provision: ofType });
      assert.equal(await seeing(), all, 'of another type');
      assert.equal(await seeing('Condition/c'), refused, 'of the type');
    });
});

describe('a membership', () => {
  const refusing = (reference: string): Promise<void> =>
    consent({ decision: 'permit', provision: [{ actor: [{ reference: to(reference) }] }] });
  const permitting = (reference: string): Promise<void> =>
    consent({ decision: 'deny', provision: [{ actor: [{ reference: to(reference) }] }] });

  it('counts from the next request on, and ends with it', async () => {
    await put(server, team('moving', ['Practitioner/doctor']));
    await permitting('CareTeam/moving');
    assert.equal(await seeing(), 'doctor');
    await put(server, team('moving', ['Practitioner/nurse']));
    assert.equal(await seeing(), 'nurse');
    await put(server, team('moving', ['Practitioner/nurse'], { status: 'inactive' }));
    assert.equal(await seeing(), '');
    await refusing('CareTeam/moving');
    assert.equal(await seeing(), known);
    assert.ok((await server.request('DELETE', '/CareTeam/moving')).status < 300);
    assert.equal(await seeing(), '', 'of a team that is not there nothing is known');
  });

  it('of the own hand permits nothing, and refuses', async () => {
    const headers = { 'content-type': 'application/fhir+json' };
    const own = team('own', ['Practitioner/doctor', 'Practitioner/nurse']);
    const reply = await server.request('PUT', '/CareTeam/own', {
      token: tokens.get('doctor')!,
      headers,
      body: JSON.stringify(own),
    });
    assert.equal(reply.status, 201, reply.text);
    await permitting('CareTeam/own');
    assert.equal(await seeing(), 'nurse');
    await refusing('CareTeam/own');
    assert.equal(await seeing(), without(known, 'doctor', 'nurse'));
  });

  it('of the own hand of a client by itself permits nothing, and refuses', async () => {
    const headers = { 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(group('own', ['Organization/other']));
    const reply = await server.request('PUT', '/Group/own', { token: tokens.get('other')!, headers, body });
    assert.equal(reply.status, 201, reply.text);
    await permitting('Group/own');
    assert.equal(await seeing(), 'nurse');
    await refusing('Group/own');
    assert.equal(await seeing(), without(known, 'other', 'nurse'));
  });

  it('of more than are held is not known, where it refuses', async () => {
    const many = Array.from({ length: 1_001 }, (_, n) => `Practitioner/m${String(n)}`);
    await put(server, group('many', many));
    await refusing('Group/many');
    assert.equal(await seeing(), '');
    await put(server, group('many', many.slice(1)));
    assert.equal(await seeing(), '', 'with the one that tells that they are all');
    await put(server, group('many', many.slice(2)));
    assert.equal(await seeing(), known);
  });
});
