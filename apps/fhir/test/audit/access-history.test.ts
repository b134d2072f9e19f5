/** `Patient/ID/$access-history`: who looked at a record, for the patient and for those who may read the trail. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseUrl, patient, startServer, type Reply } from '../environment.ts';
import { startAudited, type Audited } from './audited.ts';

interface AuditEvent {
  readonly id: string;
  readonly recorded: string;
  readonly action: string;
  readonly code: { coding: { code: string }[] };
  readonly outcome: { code: { code: string }; detail?: { coding: { code: string }[] }[] };
  readonly patient?: { reference: string };
  readonly agent: { who: { reference?: string; identifier?: { system: string; value: string } }; requestor: boolean }[];
  readonly entity?: { what?: { reference?: string; identifier?: { value: string } }; query?: string }[];
}

let server: Audited;
let officer: string;
before(async () => {
  server = await startAudited();
  officer = await server.sso.token({ scope: 'dhp.audit', client_id: 'officer', sub: 'officer' });
});
after(() => server.close());

const ofPatient = (id: string, scope: string, more: object = {}): Promise<string> =>
  server.sso.token({
    scope,
    patient: id,
    fhirUser: `${baseUrl}/Patient/${id}`,
    sub: `account-of-${id}`,
    client_id: 'app',
    ...more,
  });
const doctor = (scope = 'user/*.rs', more: object = {}): Promise<string> =>
  server.sso.token({
    scope,
    fhirUser: `${baseUrl}/Practitioner/d`,
    sub: 'account-of-d',
    client_id: 'mis',
    policies: [scope],
    ...more,
  });

async function create(): Promise<string> {
  const { status, json } = await server.write('POST', '/Patient', patient());
  assert.equal(status, 201);
  return String(json['id']);
}

function eventsIn({ status, json, text }: Reply): AuditEvent[] {
  assert.equal(status, 200, text);
  return ((json['entry'] ?? []) as { resource: AuditEvent }[]).map(({ resource }) => resource);
}

const history = (id: string, token: string, query = ''): Promise<Reply> =>
  server.request('GET', `/Patient/${id}/$access-history${query}`, { token });

describe('$access-history', () => {
  it('tells the patient who looked, when, with which right, the newest first', async () => {
    const [id, other] = [await create(), await create()];
    const reading = await doctor();
    assert.equal((await server.request('GET', `/Patient/${id}`, { token: reading })).status, 200);
    assert.equal((await server.request('GET', `/Patient/${other}`, { token: reading })).status, 200);
    const refused = await server.sso.token({ scope: 'system/Observation.rs', client_id: 'lab', sub: 'lab' });
    assert.equal((await server.request('GET', `/Patient/${id}`, { token: refused })).status, 403);
    const own = await ofPatient(id, 'patient/AuditEvent.s');
    const events = eventsIn(await history(id, own));
    const told = events.map(({ action, code, outcome, agent }) => [
      ...[action, code.coding[0]?.code, outcome.code.code, outcome.detail?.[0]?.coding[0]?.code],
      agent.find(({ requestor }) => requestor)?.who.reference ?? agent[0]?.who.identifier?.value,
    ]);
    assert.deepEqual(told, [
      ['R', 'read', 'error', 'scope-insufficient', 'lab'],
      ['R', 'read', 'success', undefined, 'Practitioner/d'],
      ['C', 'create', 'success', undefined, 'tests'],
    ]);
    for (const event of events) {
      assert.equal(event.patient?.reference, `Patient/${id}`);
      assert.ok(!JSON.stringify(event).includes(other));
    }
    const [again] = eventsIn(await history(id, own));
    assert.equal(again?.entity?.[0]?.what?.reference, `Patient/${id}`, 'asking is recorded, too');
    assert.deepEqual([again.action, again.code.coding.map(({ code }) => code)], ['E', ['read', 'operation']]);
  });

  it('tells what was searched for', async () => {
    const id = await create();
    await server.request('GET', `/Observation?patient=${id}&code=1234-5`);
    const [event] = eventsIn(await history(id, officer));
    assert.equal(event?.code.coding[0]?.code, 'search');
    const query = event.entity?.map((one) => one.query).find((one) => one !== undefined);
    assert.equal(Buffer.from(query!, 'base64').toString(), `Observation?patient=${id}&code=1234-5`);
  });

  it('is for the patient and who may read the trail alone', async () => {
    const [id, other] = [await create(), await create()];
    const tokens: [string, string, number][] = [
      ['the patient, by a right of its own', await ofPatient(id, 'patient/AuditEvent.s'), 200],
      ['the patient, by this right and others', await ofPatient(id, 'patient/*.rs patient/AuditEvent.rs'), 200],
      ['the patient, as a user', await ofPatient(id, 'user/AuditEvent.s'), 200],
      ['an officer', officer, 200],
      ['the patient, for all else', await ofPatient(id, 'patient/*.rs'), 403],
      ['another patient', await ofPatient(other, 'patient/AuditEvent.s'), 403],
      ['a relative', await ofPatient(id, 'patient/AuditEvent.s', { fhirUser: `${baseUrl}/RelatedPerson/r` }), 403],
      ['who does not say who it is', await ofPatient(id, 'patient/AuditEvent.s', { fhirUser: undefined }), 403],
      ['a health worker', await doctor('user/AuditEvent.cs'), 403],
      ['one who chose the patient', await doctor('patient/AuditEvent.s', { patient: id, patient_policies: true }), 403],
      ['a clinic', await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic', sub: 'clinic' }), 403],
      ['one that may read AuditEvents', await server.sso.token({ scope: 'system/AuditEvent.rs', sub: 'tests' }), 403],
      ['a person with the scope', await doctor('user/*.rs dhp.audit'), 403],
    ];
    for (const [who, token, status] of tokens) {
      const reply = await history(id, token);
      assert.equal(reply.status, status, `${who}: ${reply.text}`);
      if (status === 403) assert.equal(reply.code, 'scope-insufficient');
      // Nobody else learns whether the patient exists.
      if (status === 403)
        assert.equal((await history('never-there', token)).text, reply.text.replaceAll(id, 'never-there'));
    }
    assert.equal((await server.request('GET', `/Patient/${id}/$access-history`, { token: null })).status, 401);
  });

  it('comes in pages, each record once, and for a time', async () => {
    const id = await create();
    const started = Date.now();
    for (let n = 0; n < 23; n += 1) await server.request('GET', `/Patient/${id}`);
    const seen: string[] = [];
    for (let link: string | undefined = '?_count=5'; link !== undefined;) {
      const reply: Reply = await history(id, officer, link);
      const page = eventsIn(reply);
      assert.ok(page.length <= 5);
      seen.push(...page.filter(({ action }) => action === 'R' || action === 'C').map((event) => event.id));
      const links = reply.json['link'] as { relation: string; url: string }[];
      const next = links.find(({ relation }) => relation === 'next')?.url;
      assert.ok(next === undefined || next.startsWith(`${baseUrl}/Patient/${id}/$access-history?`), next);
      link = next?.slice(next.indexOf('?'));
    }
    assert.deepEqual([seen.length, new Set(seen).size], [24, 24]);
    const day = (milliseconds: number): string => new Date(milliseconds).toISOString();
    assert.equal(eventsIn(await history(id, officer, `?end=${day(started - 60_000)}`)).length, 0);
    assert.ok(eventsIn(await history(id, officer, `?start=${day(started - 60_000)}`)).length >= 24);
    for (const query of ['?start=yesterday', '?_count=0', '?_cursor=nonsense', '?nothing=1'])
      assert.equal((await history(id, officer, query)).status, 400, query);
  });

  it('tells no more of a patient whose keys were destroyed than that there was a request', async () => {
    const id = await create();
    await server.request('GET', `/Patient/${id}`);
    await server.owner`delete from fhir.audit_key where patient = decode(${server.pseudonym(id)}, 'hex')`;
    const events = eventsIn(await history(id, officer));
    assert.equal(events.length, 2);
    for (const event of events) {
      assert.equal(event.patient, undefined);
      assert.ok(!JSON.stringify(event).includes(id));
    }
  });

  it('is refused where no trail is kept, and has a definition', async (t) => {
    const without = await startServer();
    t.after(() => without.close());
    const token = await without.sso.token({ scope: 'dhp.audit' });
    const { status, code } = await without.request('GET', '/Patient/1/$access-history', { token });
    assert.deepEqual([status, code], [422, 'trail-not-kept']);
    const definition = await server.request('GET', '/OperationDefinition/dhp-Patient-access-history', { token: null });
    assert.deepEqual([definition.status, definition.json['code']], [200, 'access-history']);
    const { text } = await server.request('GET', '/metadata', { token: null });
    assert.ok(text.includes('OperationDefinition/dhp-Patient-access-history'));
  });
});
