/** Care links that name a team of teams, or an organisation that the caller's organisation is part of. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { put } from './searches.ts';

const to = (reference: string): object => ({ reference });
const doctorOf = { scope: 'user/*.cruds', client_id: 'clinic', policies: ['user/*.cruds'] };

let server: TestServer;
const tokens = new Map<string, string>();
before(async () => {
  server = await startServer({ requireIfMatch: false, healthWorkers: 'as-scoped', validation: { level: 'off' } });
  for (const [who, place] of [
    ['ward', 'ward'],
    ['hospital', 'hospital'],
    ['other', 'other'],
  ] as const)
    tokens.set(
      who,
      await server.sso.token({
        ...{ ...doctorOf, sub: `account-${who}`, fhirUser: `${baseUrl}/Practitioner/${who}` },
        roles: [`family-doctor Organization/${place}`],
      }),
    );
  await put(
    server,
    ...[{ resourceType: 'Patient', id: 'p' }, organization('hospital'), organization('department', 'hospital')],
    ...[organization('ward', 'department'), organization('other')],
    { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: to('Patient/p') },
  );
  await server.store.buildCare();
  await activatePolicies(server, { others: 'as-scoped', rules: [], care: { roles: ['family-doctor'] } });
});
after(() => server.close());

function organization(id: string, partOf?: string): Record<string, unknown> {
  return {
    resourceType: 'Organization',
    id,
    name: id,
    ...(partOf !== undefined && { partOf: to(`Organization/${partOf}`) }),
  };
}

/** Returns a team with its members. */
const team = (id: string, ...members: string[]): Record<string, unknown> => ({
  ...{ resourceType: 'CareTeam', id, status: 'active', participant: members.map((each) => ({ member: to(each) })) },
});

/** Stores the patient's encounter, for which somebody is responsible. */
const visit = (members: object): Promise<void> =>
  put(server, { resourceType: 'Encounter', id: 'e', status: 'in-progress', subject: to('Patient/p'), ...members });

async function caring(): Promise<string> {
  const found: string[] = [];
  for (const [who, token] of tokens)
    if ((await server.request('GET', '/Observation/o', { token })).status === 200) found.push(who);
  return found.join(' ');
}

it('who works in a part of an organisation cares for its patients, and not the other way round', async () => {
  await visit({ serviceProvider: to('Organization/hospital') });
  assert.equal(await caring(), 'ward hospital');
  await visit({ serviceProvider: to('Organization/department') });
  assert.equal(await caring(), 'ward');
  await put(server, organization('department'));
  assert.equal(await caring(), 'ward');
  await visit({ serviceProvider: to('Organization/hospital') });
  assert.equal(await caring(), 'hospital', 'it is no part any more');
  await put(server, { ...organization('department', 'hospital'), active: false });
  assert.equal(await caring(), 'hospital', 'it is not active');
  await put(server, organization('department', 'hospital'));
  assert.equal(await caring(), 'ward hospital');
});

it('nobody makes the own organisation a part of another one', async () => {
  await visit({ serviceProvider: to('Organization/hospital') });
  const headers = { 'content-type': 'application/fhir+json' };
  const body = JSON.stringify(organization('other', 'hospital'));
  const reply = await server.request('PUT', '/Organization/other', { token: tokens.get('other')!, headers, body });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(await caring(), 'ward hospital');
  await put(server, organization('other'));
});

it('who is in a team of a team cares for its patients, as long as both have it so', async () => {
  await put(
    server,
    team('inner', 'Practitioner/other'),
    team('middle', 'CareTeam/inner'),
    team('outer', 'CareTeam/middle'),
  );
  await visit({ careTeam: [to('CareTeam/outer')] });
  assert.equal(await caring(), 'other');
  await put(server, { ...team('middle', 'CareTeam/inner'), status: 'inactive' });
  assert.equal(await caring(), '');
  await put(server, team('middle', 'CareTeam/inner', 'CareTeam/outer'));
  assert.equal(await caring(), 'other', 'also around a circle');
  await put(server, team('inner', 'Organization/hospital'));
  assert.equal(await caring(), 'ward hospital', 'a part of an organisation of a team');
});
