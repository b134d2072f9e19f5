/** The records of the trail as AuditEvents: searched together with those stored by clients, and read. */
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

/** Returns the token of an application for a person whose role may read the trail. */
const person = (more: object = {}): Promise<string> =>
  server.sso.token({
    ...{ scope: 'user/AuditEvent.rs', client_id: 'desk', sub: 'account-o', fhirUser: `${baseUrl}/Practitioner/o` },
    ...{ policies: ['user/AuditEvent.rs', 'dhp.audit'], roles: ['data-protection Organization/7'] },
    ...{ acr: 'urn:dhp:acr:two-factors', auth_time: Math.floor(Date.now() / 1000) - 60 },
    ...more,
  });

describe('an officer who is a person', () => {
  const paths = (): string[] => ['/AuditEvent?_count=2', `/Patient/${id}/$access-history`];

  it('reads the trail by a right of the role, with a second factor', async () => {
    const token = await person();
    for (const path of paths()) {
      const reply = await server.request('GET', path, { token });
      assert.equal(reply.status, 200, reply.text);
      const found = (reply.json['entry'] as { resource: { id: string } }[]).map(({ resource }) => resource.id);
      assert.ok(found.length > 0 && found.every((one) => one.startsWith('trail-')), path);
    }
    const [first] = (await server.request('GET', '/AuditEvent?_count=1', { token })).json['entry'] as {
      resource: { id: string };
    }[];
    assert.equal((await server.request('GET', `/AuditEvent/${first!.resource.id}`, { token })).status, 200);
    const asked = await server.request('GET', `/Patient/${id}/$explain-access?client=mis&scope=system/*.rs`, { token });
    assert.equal(asked.status, 200, asked.text);
  });

  it('is told with those on whose behalf it is', async () => {
    const token = await server.sso.token({
      ...{ scope: 'user/*.rs', client_id: 'mis', sub: 'account-r', fhirUser: `${baseUrl}/Practitioner/r` },
      ...{ policies: ['user/*.rs'], roles: ['nurse Organization/7', 'doctor Organization/7', 'doctor Organization/8'] },
    });
    const relative = await server.sso.token({
      ...{ scope: 'patient/*.rs', client_id: 'app', sub: 'account-m', patient: id },
      fhirUser: `${baseUrl}/RelatedPerson/m`,
    });
    const lab = await server.sso.token({
      scope: 'system/*.rs',
      client_id: 'lab',
      sub: 'lab',
      organization: 'Organization/9',
    });
    const told: unknown[] = [];
    for (const asking of [token, relative, lab]) {
      const reply = await server.request('GET', `/Patient/${id}`, { token: asking });
      const [first] = (await server.request('GET', `/Patient/${id}/$access-history?_count=2`, { token: officer })).json[
        'entry'
      ] as { resource: { agent: { type: { text?: string }; who: { reference?: string } }[] } }[];
      assert.ok(reply.status === 200 || reply.status === 404 || reply.status === 410, reply.text);
      const behalf = first!.resource.agent.filter(({ type }) => type.text === 'on whose behalf');
      told.push(behalf.map(({ who }) => who.reference));
    }
    assert.deepEqual(told, [['Organization/7', 'Organization/8'], [`Patient/${id}`], ['Organization/9']]);
  });

  it('is recorded as one', async () => {
    const reply = await server.request('GET', `/Patient/${id}/$access-history`, { token: await person() });
    const [record] = await server.of(reply.headers.get('x-request-id')!);
    const { person: who, user, patient } = { ...record!.content, ...record!.sealed };
    assert.deepEqual([who, user, patient], ['Practitioner/o', 'account-o', id]);
  });

  it('signs in again without a second factor, or with one of long ago', async () => {
    const hours = Math.floor(Date.now() / 1000) - 9 * 3600;
    for (const more of [{ acr: 'urn:dhp:acr:password' }, { auth_time: hours }, { auth_time: undefined }])
      for (const path of paths()) {
        const reply = await server.request('GET', path, { token: await person(more) });
        assert.deepEqual([reply.status, reply.code], [401, 'second-factor-required'], path);
        assert.match(reply.headers.get('www-authenticate')!, /acr_values="urn:dhp:acr:two-factors".*max_age="28800"/);
      }
  });

  const others: Readonly<Record<string, object>> = {
    'a role without the right': { policies: ['user/AuditEvent.rs'] },
    'an application that asks for it by itself': {
      policies: ['user/AuditEvent.rs'],
      scope: 'user/AuditEvent.rs dhp.audit',
    },
    'an application for something else': { scope: 'user/*.rs' },
    'a patient, in the own record': { scope: 'patient/AuditEvent.rs', patient: 'x', fhirUser: `${baseUrl}/Patient/x` },
  };
  for (const [name, more] of Object.entries(others))
    it(`is not ${name}`, async () => {
      const token = await person(more);
      const history = await server.request('GET', `/Patient/${id}/$access-history`, { token });
      assert.equal(history.status, 403, history.text);
      const search = await server.request('GET', '/AuditEvent?_count=50', { token });
      const found = (search.json['entry'] ?? []) as { resource: { id: string } }[];
      assert.ok(
        found.every(({ resource }) => !resource.id.startsWith('trail-')),
        search.text,
      );
      const explained = await server.request('GET', `/Patient/${id}/$explain-access?client=mis`, { token });
      assert.ok(explained.status >= 400, explained.text);
    });
});
