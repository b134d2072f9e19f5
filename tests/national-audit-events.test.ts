/** The records of the trail, as AuditEvents, meet the national profile. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startAudited, type Audited } from '../apps/fhir/test/audit/audited.ts';
import { baseUrl, patient } from '../apps/fhir/test/environment.ts';
import { nationalResources, skipNational } from '../packages/fhir-validation/test/national.ts';

type Json = Record<string, unknown>;

let server: Audited;
let officer: string;
before(async () => {
  if (skipNational !== false) return;
  server = await startAudited();
  officer = await server.sso.token({ scope: 'system/AuditEvent.rs dhp.audit', client_id: 'officer', sub: 'officer' });
  const id = String((await server.write('POST', '/Patient', patient())).json['id']);
  const doctor = await server.sso.token({
    ...{ scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d`, sub: 'account-of-d', client_id: 'mis' },
    policies: ['user/*.cruds'],
  });
  const own = await server.sso.token({
    ...{ scope: 'patient/*.rs fhirUser', patient: id, fhirUser: `${baseUrl}/Patient/${id}`, sub: 'account-of-p' },
  });
  const paths = [
    `/Patient/${id}`,
    `/Patient/${id}/_history`,
    `/Patient/${id}/_history/1`,
    `/Observation?patient=${id}`,
  ];
  for (const token of [doctor, own])
    for (const path of [...paths, `/Patient/${id}/Observation`, `/Patient/${id}/$everything`, '/Patient/none'])
      await server.request('GET', path, { token });
  for (const path of ['/Organization?name=nobody', '/?_type=Patient', '/Patient/_history'])
    await server.request('GET', path);
  await server.write('PUT', `/Patient/${id}`, patient({ id, active: false }), { 'if-match': 'W/"1"' });
  await server.write('PUT', `/Patient/${id}`, patient({ id }), { 'if-match': 'W/"1"' });
  const entry = [{ request: { method: 'GET', url: `Patient/${id}` } }];
  for (const type of ['batch', 'transaction']) await server.write('POST', '/', { resourceType: 'Bundle', type, entry });
  await server.request('DELETE', `/Patient/${id}`);
  await server.request('GET', '/Patient/1', { token: null });
});
after(() => (skipNational === false ? server.close() : undefined));

test('an AuditEvent of each kind of request meets the national profile', { skip: skipNational }, async () => {
  const wanted = /audit|object-role|security-(role|label)|extra-security|AuditEvent/i;
  const resources = [...nationalResources()].filter(
    ({ resourceType, id: name }) =>
      ['StructureDefinition', 'ValueSet', 'CodeSystem'].includes(String(resourceType)) && wanted.test(String(name)),
  );
  assert.ok(resources.length > 8, String(resources.length));
  for (const one of resources)
    assert.equal((await server.write('PUT', `/${String(one['resourceType'])}/${String(one['id'])}`, one)).status, 201);
  const page = await server.request('GET', '/AuditEvent?_count=500', { token: officer });
  const events = (page.json['entry'] as { resource: Json }[]).map(({ resource }) => resource);
  const kinds = new Map(
    events.map((one) => [JSON.stringify([one['code'], one['action'], (one['entity'] as Json[]).length]), one]),
  );
  assert.ok(kinds.size >= 10, String(kinds.size));
  const profile = 'https://dhp.uz/fhir/core/StructureDefinition/uz-core-auditevent';
  for (const event of kinds.values()) {
    const reply = await server.write('POST', `/AuditEvent/$validate?profile=${profile}`, event);
    const errors = (reply.json['issue'] as { severity: string }[]).filter(({ severity }) => severity === 'error');
    assert.deepEqual(errors, [], JSON.stringify(event));
  }
  const { agent: _, ...faulty } = events[0]!;
  assert.match((await server.write('POST', `/AuditEvent/$validate?profile=${profile}`, faulty)).text, /"error"/);
});
