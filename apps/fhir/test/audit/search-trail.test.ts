/** The records of the trail as AuditEvents: searched beside those that clients have stored, and read. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseUrl, patient, type Reply } from '../environment.ts';
import { startAudited, type Audited } from './audited.ts';

type Json = Record<string, unknown>;

let server: Audited;
let officer: string;
let clinic: string;
let id: string;
before(async () => {
  server = await startAudited();
  officer = await server.sso.token({ scope: 'system/AuditEvent.rs dhp.audit', client_id: 'officer', sub: 'officer' });
  clinic = await server.sso.token({
    scope: 'system/*.cruds system/AuditEvent.crs',
    client_id: 'clinic',
    sub: 'clinic',
  });
  const created = await server.write('POST', '/Patient', patient());
  id = String(created.json['id']);
  for (let n = 0; n < 7; n += 1) await server.request('GET', `/Patient/${id}`);
  const policies = ['user/*.cruds'];
  const doctor = await server.sso.token({
    ...{ scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d`, sub: 'account-of-d', client_id: 'mis', policies },
  });
  assert.equal((await server.request('GET', `/Patient/${id}`, { token: doctor })).status, 200);
  await server.request('GET', `/Observation?patient=${id}`, { token: doctor });
  await server.request('GET', `/Patient/${id}/_history`);
  await server.request('GET', `/Patient/${id}/$everything`);
  await server.request('GET', '/Organization?name=nobody');
  await server.write('PUT', `/Patient/${id}`, patient({ id, active: false }), { 'if-match': 'W/"1"' });
  await server.write('PUT', `/Patient/${id}`, patient({ id }), { 'if-match': 'W/"1"' });
  const entry = [
    { request: { method: 'GET', url: `Patient/${id}` } },
    { request: { method: 'GET', url: 'Patient/none' } },
  ];
  for (const type of ['batch', 'transaction']) await server.write('POST', '/', { resourceType: 'Bundle', type, entry });
  await server.request('DELETE', `/Patient/${id}`);
  for (const outcome of ['success', 'error'])
    assert.equal(
      (await server.request('POST', '/AuditEvent', { token: clinic, headers: json, body: ofClient(outcome) })).status,
      201,
    );
});
after(() => server.close());

const json = { 'content-type': 'application/fhir+json' };

function ofClient(outcome: string): string {
  return JSON.stringify({
    resourceType: 'AuditEvent',
    code: { coding: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'read' }] },
    action: 'R',
    recorded: '2026-01-02T03:04:05Z',
    outcome: { code: { system: 'http://hl7.org/fhir/issue-severity', code: outcome } },
    patient: { reference: `Patient/${id}` },
    agent: [{ who: { display: 'a device' } }],
    source: { observer: { display: 'clinic' } },
  });
}

/** All of a search, page by page, as resources. */
async function all(query: string, token = officer): Promise<Json[]> {
  const found: Json[] = [];
  for (let link: string | undefined = `/AuditEvent?${query}`; link !== undefined;) {
    const reply: Reply = await server.request('GET', link, { token });
    assert.equal(reply.status, 200, reply.text);
    found.push(...((reply.json['entry'] ?? []) as { resource: Json }[]).map(({ resource }) => resource));
    const next = (reply.json['link'] as { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    );
    link = next?.url.slice(baseUrl.length);
  }
  return found;
}

const isOfTrail = ({ meta }: Json): boolean => (meta as { source?: string }).source === `${baseUrl}#trail`;

describe('AuditEvent?… with the right to the trail', () => {
  it('finds the records of the server first, and behind them what clients have stored, each once', async () => {
    for (const count of [1000, 3]) {
      const found = await all(`patient=${id}&_count=${String(count)}`);
      assert.equal(new Set(found.map((one) => one['id'])).size, found.length);
      const origins = found.map(isOfTrail);
      assert.deepEqual(origins, [...origins].sort().reverse(), 'apart by origin');
      assert.equal(origins.filter((own) => !own).length, 2);
      assert.ok(origins.filter(Boolean).length >= 14, String(origins.length));
    }
  });

  it('finds by date, agent, action and outcome', async () => {
    const codes = async (query: string): Promise<unknown[]> =>
      (await all(query))
        .filter(isOfTrail)
        .map((one) => `${String(one['action'])} ${String((one['patient'] as Json | undefined)?.['reference'])}`);
    assert.deepEqual(await codes('agent=Practitioner/d'), [`R Patient/${id}`, `R Patient/${id}`]);
    assert.deepEqual(await codes(`agent:identifier=urn:dhp:sso:client|mis`), [`R Patient/${id}`, `R Patient/${id}`]);
    assert.deepEqual(await codes(`patient=Patient/${id}&action=D`), [`D Patient/${id}`]);
    assert.deepEqual(await codes(`patient=${id}&outcome=error`), [`U Patient/${id}`]);
    assert.deepEqual(await codes(`patient=${id}&date=lt2026-01-01`), []);
    assert.equal((await codes(`patient=${id}&date=ge2026-01-01&action=U,D`)).length, 3);
    for (const query of ['patient=', 'date=yesterday', 'agent=me', '_count=x', 'site=1', '_cursor=trail.x'])
      assert.equal((await server.request('GET', `/AuditEvent?${query}`, { token: officer })).status, 400, query);
  });

  it('reads one record by its address', async () => {
    const [first] = await all(`patient=${id}`);
    const read = await server.request('GET', `/AuditEvent/${String(first?.['id'])}`, { token: officer });
    assert.deepEqual(read.json, first);
  });

  it('tells nothing of the trail to others', async () => {
    const [first] = await all(`patient=${id}`);
    assert.deepEqual((await all(`patient=${id}`, clinic)).map(isOfTrail), [false, false]);
    const read = await server.request('GET', `/AuditEvent/${String(first?.['id'])}`, { token: clinic });
    assert.equal(read.status, 404);
    const alone = await server.sso.token({ scope: 'dhp.audit', client_id: 'officer', sub: 'officer' });
    assert.equal((await server.request('GET', '/AuditEvent', { token: alone })).status, 403);
  });
});
