/**
 * Two clients of one organisation: a membership of a team or group that one writes gives access to neither, however it is written. A
 * removal or a refusal takes effect.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { put } from './searches.ts';

type Who = 'first' | 'second' | 'other' | 'free' | 'doctor';

let server: TestServer;
/** The token of the patient, whom no consent restricts. */
let patient: string;
const tokens = new Map<Who, string>();
const to = (reference: string): object => ({ reference });
const clinic = 'Organization/clinic';
const group = (id: string, ...members: string[]): Record<string, unknown> => ({
  ...{ resourceType: 'Group', id, type: 'practitioner', membership: 'enumerated' },
  ...(members.length > 0 && { member: members.map((each) => ({ entity: to(each) })) }),
});
const team = (id: string, ...members: string[]): Record<string, unknown> => ({
  ...{ resourceType: 'CareTeam', id, status: 'active', participant: members.map((each) => ({ member: to(each) })) },
});

before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  for (const id of ['clinic', 'elsewhere']) await put(server, { resourceType: 'Organization', id, name: id });
  await put(server, { resourceType: 'Patient', id: 'p' }, { resourceType: 'Practitioner', id: 'd' });
  await put(server, { resourceType: 'Observation', id: 'o', status: 'final', subject: to('Patient/p') });
  patient = await server.sso.token({ scope: 'patient/*.cruds', client_id: 'app', patient: 'p' });
  const client = (who: Who, organization?: string): Promise<string> =>
    server.sso.token({
      ...{ scope: 'system/*.cruds', client_id: who, sub: who },
      ...(organization !== undefined && { organization }),
    });
  tokens.set('first', await client('first', clinic));
  tokens.set('second', await client('second', clinic));
  tokens.set('other', await client('other', 'Organization/elsewhere'));
  tokens.set('free', await client('free'));
  const claims = {
    policies: ['user/*.cruds'],
    roles: [`family-doctor ${clinic}`],
    fhirUser: `${baseUrl}/Practitioner/d`,
  };
  tokens.set(
    'doctor',
    await server.sso.token({ scope: 'user/*.cruds', client_id: 'portal', sub: 'doctor', ...claims }),
  );
  await server.store.buildConsents();
  await server.store.buildMembers();
  await activatePolicies(server, { ...{ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] } });
});
after(() => server.close());

function ask(who: Who, method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const headers = { ...(body !== undefined && { 'content-type': `application/${kind}` }), ...more };
  return server.request(method, path, {
    token: tokens.get(who)!,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function done(reply: Promise<Reply>): Promise<Reply> {
  const { status, text } = await reply;
  assert.ok(status < 300, text);
  return reply;
}

/** Stores a consent by which only a group sees the record, or everybody except a group. */
async function consent(decision: 'deny' | 'permit', actor: string): Promise<void> {
  const provision = [{ actor: [{ reference: to(actor) }] }];
  const body = { resourceType: 'Consent', id: 'k', status: 'active', subject: to('Patient/p'), decision, provision };
  const headers = { 'content-type': 'application/fhir+json' };
  await done(server.request('PUT', '/Consent/k', { token: patient, headers, body: JSON.stringify(body) }));
}

async function seeing(): Promise<string> {
  const found: Who[] = [];
  for (const who of tokens.keys()) if ((await ask(who, 'GET', '/Observation/o')).status === 200) found.push(who);
  return found.join(' ');
}

const entry = (resource: object, request: object): object => ({ resource, request });
const bundle = (type: 'transaction' | 'batch', ...entries: object[]): object => ({
  resourceType: 'Bundle',
  type,
  entry: entries,
});

/**
 * Ways in which a client can write that the organisation is a member of a group. The group exists, was written by another client and has no
 * members.
 */
const ways: Readonly<Record<string, (who: Who, id: string) => Promise<unknown>>> = {
  'an update': (who, id) => done(ask(who, 'PUT', `/Group/${id}`, group(id, clinic))),
  'a patch': (who, id) =>
    done(ask(who, 'PATCH', `/Group/${id}`, [{ op: 'add', path: '/member', value: [{ entity: to(clinic) }] }])),
  'a conditional update': (who, id) => done(ask(who, 'PUT', `/Group?_id=${id}`, group(id, clinic))),
  'a conditional patch': (who, id) =>
    done(ask(who, 'PATCH', `/Group?_id=${id}`, [{ op: 'add', path: '/member', value: [{ entity: to(clinic) }] }])),
  'an entry of a transaction': (who, id) =>
    done(ask(who, 'POST', '/', bundle('transaction', entry(group(id, clinic), { method: 'PUT', url: `Group/${id}` })))),
  'an entry of a batch': (who, id) =>
    done(ask(who, 'POST', '/', bundle('batch', entry(group(id, clinic), { method: 'PUT', url: `Group/${id}` })))),
  'a version of before, sent back': async (who, id) => {
    await put(server, group(id, clinic));
    await put(server, group(id));
    const { json } = await done(ask(who, 'GET', `/Group/${id}/_history/2`));
    await done(ask(who, 'PUT', `/Group/${id}`, json));
  },
  'a deletion and a creation': async (who, id) => {
    await put(server, group(id, clinic));
    await done(ask(who, 'DELETE', `/Group/${id}`));
    await done(ask(who, 'PUT', `/Group/${id}`, group(id, clinic)));
  },
  'a team in the group': async (who, id) => {
    await done(ask(who, 'PUT', `/CareTeam/${id}`, team(id, clinic)));
    await put(server, group(id, `CareTeam/${id}`));
  },
  'a group of others in the group': async (who, id) => {
    await put(server, group(`${id}-in`, clinic));
    await done(ask(who, 'PUT', `/Group/${id}`, group(id, `Group/${id}-in`)));
  },
};

describe('a membership that a client writes for its organisation', () => {
  let n = 0;
  for (const [way, write] of Object.entries(ways))
    it(`permits neither client of it, and refuses both: ${way}`, async () => {
      for (const [writer, permitted] of [
        ['first', ''],
        ['second', ''],
        ['other', 'first second doctor'],
        ['free', 'first second doctor'],
        ['doctor', 'first second'],
      ] as const) {
        const id = `g${String((n += 1))}`;
        await put(server, group(id));
        await write(writer, id);
        await consent('deny', `Group/${id}`);
        // A doctor of the clinic is not a client of it: the system of the clinic may keep its teams.
        const expected = permitted === '' ? 'doctor' : permitted;
        assert.equal(await seeing(), expected, `${writer} permits`);
        await consent('permit', `Group/${id}`);
        assert.equal(await seeing(), 'other', `${writer} refuses`);
      }
    });

  it('that was there before it changes something else stays with who wrote it', async () => {
    await put(server, group('kept', clinic));
    const body = { ...group('kept', clinic), name: 'x' };
    await done(ask('first', 'PUT', '/Group/kept', body));
    await consent('deny', 'Group/kept');
    assert.equal(await seeing(), 'first second doctor');
  });

  it('and creates with If-None-Exist, permits neither', async () => {
    const identifier = [{ system: 'urn:i', value: 'made' }];
    const reply = await done(
      ask(
        'first',
        'POST',
        '/Group',
        { ...group('', clinic), id: undefined, identifier },
        { 'if-none-exist': 'identifier=urn:i|made' },
      ),
    );
    await consent('deny', `Group/${String(reply.json['id'])}`);
    assert.equal(await seeing(), 'doctor');
  });
});
