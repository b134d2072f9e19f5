/** A group that a server of an earlier release stores while this one runs: it lets nobody in, and a second or two later those who are in it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { startServer, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { put } from './searches.ts';

let server: TestServer;
let sql: Sql;
let token: string;
const to = (reference: string): object => ({ reference });
const clinic = 'Organization/clinic';

before(async () => {
  server = await startServer({ requireIfMatch: false, watchesPolicies: true, validation: { level: 'off' } });
  sql = connect(server.ownerUrl, { max: 1 });
  token = await server.sso.token({ scope: 'system/*.rs', client_id: 'backend', sub: 'backend', organization: clinic });
  await put(server, { resourceType: 'Organization', id: 'clinic', name: 'c' }, { resourceType: 'Patient', id: 'p' });
  const provision = [{ actor: [{ reference: to('Group/g') }] }];
  const consent = { resourceType: 'Consent', id: 'k', status: 'active', subject: to('Patient/p'), provision };
  await put(server, { ...consent, decision: 'deny' }, { resourceType: 'Group', id: 'g', membership: 'enumerated' });
  await server.store.buildConsents();
  await server.store.buildMembers();
  await activatePolicies(server, { ...{ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] } });
});
after(async () => {
  await sql.end();
  await server.close();
});

const status = async (): Promise<number> => (await server.request('GET', '/Patient/p', { token })).status;

const untilStatus = (expected: number): Promise<unknown> =>
  until(`the status is ${String(expected)}`, async () => (await status()) === expected);

test('those who are in it are let in as soon as its links are made anew', async () => {
  assert.equal(await status(), 404);
  const content = { resourceType: 'Group', id: 'g', membership: 'enumerated', member: [{ entity: to(clinic) }] };
  await sql`update fhir.resource set ver = ver + 1, txid = pg_current_xact_id(), content = ${JSON.stringify(content)} where id = 'g'`;
  await untilStatus(200);
  const { member: _, ...empty } = content;
  await sql`update fhir.resource set ver = ver + 1, txid = pg_current_xact_id(), content = ${JSON.stringify(empty)} where id = 'g'`;
  assert.equal(await status(), 404, 'at once');
});
