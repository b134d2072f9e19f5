/**
 * `Patient/$record-looks`: how many others opened a record. Requested by the SSO for people who want notifications.
 * docs/decisions/0123-mails-of-subscriptions.md
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseUrl, patient, type Reply } from '../environment.ts';
import { startAudited, type Audited } from './audited.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ healthWorkers: 'as-scoped' });
});
after(() => server.close());

const sso = { client_id: 'dhp-sso', sub: 'dhp-sso', scope: 'system/Patient.rs dhp.identity-evidence' };

interface Asked {
  readonly patient: string;
  readonly account: string;
  readonly since?: string;
  readonly until?: string;
}

async function ask(asked: readonly Asked[], claims: object = sso): Promise<Reply> {
  const hour = 3_600_000;
  const [since, until] = [-hour, hour].map((more) => new Date(Date.now() + more).toISOString());
  const parameter = asked.map((one) => ({
    name: 'record',
    part: Object.entries({ since, until, ...one }).map(([name, valueString]) => ({ name, valueString })),
  }));
  return server.request('POST', '/Patient/$record-looks', {
    token: await server.sso.token(claims as Record<string, unknown>),
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
}

async function looks(...asked: Asked[]): Promise<unknown> {
  const reply = await ask(asked);
  assert.equal(reply.status, 200, reply.text);
  return reply.json['looks'];
}

const doctor = (sub: string): Promise<string> =>
  server.sso.token({
    ...{ scope: 'user/*.rs', sub, client_id: 'mis', policies: ['user/*.rs'] },
    fhirUser: `${baseUrl}/Practitioner/${sub}`,
  });

describe('$record-looks', () => {
  it('counts each of the others once, and not the patient, nor whoever was refused', async () => {
    const made = await server.request('POST', '/Patient', {
      token: await server.sso.token({ client_id: 'registry', sub: 'registry' }),
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient()),
    });
    assert.equal(made.status, 201, made.text);
    const id = String(made.json['id']);
    const account = `account-of-${id}`;
    const read = async (token: string): Promise<number> =>
      (await server.request('GET', `/Patient/${id}`, { token })).status;
    assert.deepEqual(await looks({ patient: id, account }), [1], 'who has written it');
    const own = { scope: 'patient/*.rs', patient: id, fhirUser: `${baseUrl}/Patient/${id}`, client_id: 'app' };
    assert.equal(await read(await server.sso.token({ ...own, sub: account })), 200);
    // The patient is also a health worker.
    assert.equal(await read(await doctor(account)), 200);
    assert.deepEqual(await looks({ patient: id, account }), [1]);
    assert.equal(
      await read(await server.sso.token({ scope: 'system/Observation.rs', client_id: 'blind', sub: 'blind' })),
      403,
    );
    assert.deepEqual(await looks({ patient: id, account }), [1]);
    for (const who of ['d-1', 'd-1', 'd-2']) assert.equal(await read(await doctor(who)), 200);
    assert.deepEqual(await looks({ patient: id, account }), [3]);
    // A relative counts as another person.
    const relative = { ...own, sub: 'account-of-mother', fhirUser: `${baseUrl}/RelatedPerson/m` };
    assert.equal(await read(await server.sso.token(relative)), 200);
    assert.deepEqual(await looks({ patient: id, account }, { patient: 'nobody', account: 'x' }), [4, 0]);
    const until = new Date(Date.now() - 600_000).toISOString();
    assert.deepEqual(await looks({ patient: id, account, until }), [0], 'before that time');
    // Asking is no look.
    const history = await server.request('GET', `/Patient/${id}/$access-history`, {
      token: await server.sso.token({ scope: 'dhp.audit', client_id: 'officer', sub: 'officer' }),
    });
    assert.ok(!history.text.includes('record-looks') && !history.text.includes('dhp-sso'), history.text);
    const asked = (await server.records()).filter(({ content }) => content['interaction'] === '$record-looks');
    assert.ok(asked.length > 0 && asked.every(({ patient: of }) => of === null));
  });

  it('is for the SSO itself alone', async () => {
    const asked = [{ patient: 'p', account: 'a' }];
    for (const claims of [
      { ...sso, client_id: 'other', sub: 'other' },
      { ...sso, sub: 'account-1' },
      { ...sso, scope: 'system/*.cruds' },
      { client_id: 'officer', sub: 'officer', scope: 'dhp.audit system/*.cruds' },
    ])
      assert.equal((await ask(asked, claims)).status, 403, JSON.stringify(claims));
  });

  it('of another form, or too much, is refused with the place', async () => {
    const refused = async (asked: readonly object[]): Promise<string> => {
      const reply = await ask(asked as Asked[]);
      assert.equal(reply.status, 400, reply.text);
      return reply.diagnostics;
    };
    assert.match(await refused([{ patient: 'p', account: 'a', since: 'yesterday' }]), /parts patient, account, since/);
    assert.match(await refused([{ patient: '../p', account: 'a' }]), /parts patient/);
    assert.match(await refused([{ patient: 'p' }]), /parts patient/);
    assert.match(
      await refused(Array.from({ length: 101 }, () => ({ patient: 'p', account: 'a' }))),
      /about 100 records at most/,
    );
  });
});
