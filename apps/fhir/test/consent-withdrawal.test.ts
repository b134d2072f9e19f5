/**
 * A patient withdraws a Consent about the patient that somebody else has written, in each way to change a resource: only its status, and
 * only by those who may. It then neither refuses nor permits anything.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nationalProfile } from '@dhp/consent';
import { scanJson } from '@dhp/fhir-model';
import { until } from '@dhp/postgres/testing';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { put } from './searches.ts';

type Body = Record<string, unknown>;

let server: TestServer;
const tokens = new Map<string, string>();
const to = (reference: string): object => ({ reference });
const yearsAgo = (years: number, days = 0): string => {
  const now = new Date(Date.now() + 5 * 3_600_000); // the day in Tashkent
  const then = new Date(Date.UTC(now.getUTCFullYear() - years, now.getUTCMonth(), now.getUTCDate() + days));
  return then.toISOString().slice(0, 10);
};

before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  await put(server, { resourceType: 'Organization', id: 'clinic', name: 'clinic' });
  await put(server, { resourceType: 'Practitioner', id: 'd' });
  for (const [id, birthDate] of Object.entries({
    p: '1980-05-01',
    child: yearsAgo(18, 1),
    grown: yearsAgo(18),
    unknown: undefined,
  })) {
    await put(server, { resourceType: 'Patient', id, ...(birthDate !== undefined && { birthDate }) });
    await put(server, { resourceType: 'RelatedPerson', id: `of-${id}`, patient: to(`Patient/${id}`) });
    await put(server, { resourceType: 'Observation', id: `o-${id}`, status: 'final', subject: to(`Patient/${id}`) });
    const patient = { scope: 'patient/*.cruds', client_id: 'app', patient: id };
    tokens.set(id, await server.sso.token(patient));
    tokens.set(
      `relative of ${id}`,
      await server.sso.token({ ...patient, fhirUser: `${baseUrl}/RelatedPerson/of-${id}` }),
    );
  }
  tokens.set('clinic', await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic', sub: 'clinic' }));
  await server.store.buildConsents();
  await activatePolicies(server, { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] });
});
after(() => server.close());

function ask(who: string, method: string, path: string, body?: object): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  return server.request(method, path, {
    token: tokens.get(who)!,
    ...(body !== undefined && { headers: { 'content-type': `application/${kind}` }, body: JSON.stringify(body) }),
  });
}

const of = ({ status, json }: Reply): string => {
  const [issue] = (json['issue'] ?? []) as { details?: { coding?: { code?: string }[] } }[];
  return [String(status), issue?.details?.coding?.[0]?.code].filter((each) => each !== undefined).join(' ');
};

let made = 0;

/** A refusal of the whole record that the clinic has written: the id of the Consent. */
async function written(patient: string, members: Body = {}): Promise<string> {
  const id = `c-${String((made += 1))}`;
  const refusal = { meta: { profile: [nationalProfile] }, decision: 'deny', date: new Date().toISOString() };
  const consent = {
    resourceType: 'Consent',
    id,
    status: 'active',
    subject: to(`Patient/${patient}`),
    ...refusal,
    ...members,
  };
  const reply = await ask('clinic', 'PUT', `/Consent/${id}`, consent);
  assert.ok(reply.status < 300, reply.text);
  assert.equal((await ask('clinic', 'GET', `/Observation/o-${patient}`)).status, 404, 'it refuses');
  return id;
}

/** Refuses the record only to the clinic; a relative sees it. */
const ofClinic: Body = {
  ...{ meta: {}, decision: 'permit' },
  provision: [{ actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'clinic' } } }] }],
};
const ending = [{ op: 'replace', path: '/status', value: 'inactive' }];
const isOpen = async (patient: string): Promise<boolean> =>
  (await ask('clinic', 'GET', `/Observation/o-${patient}`)).status === 200;

async function read(who: string, id: string): Promise<Body> {
  return (await ask(who, 'GET', `/Consent/${id}`)).json;
}

/** Removes consents left by a test. The store does it, because the clinic may then read nothing. */
async function clear(patient: string, ...ids: string[]): Promise<void> {
  for (const id of ids) await server.store.delete({ type: 'Consent', id });
  assert.ok(await isOpen(patient));
}

const ways: Readonly<Record<string, (who: string, id: string) => Promise<Reply>>> = {
  'an update': async (who, id) => ask(who, 'PUT', `/Consent/${id}`, { ...(await read(who, id)), status: 'inactive' }),
  'a patch': (who, id) => ask(who, 'PATCH', `/Consent/${id}`, ending),
  'a conditional update': async (who, id) =>
    ask(who, 'PUT', `/Consent?_id=${id}`, { ...(await read(who, id)), status: 'inactive' }),
  'an entry of a transaction': async (who, id) =>
    ask(who, 'POST', '/', {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [
        {
          resource: { ...(await read(who, id)), status: 'inactive' },
          request: { method: 'PUT', url: `Consent/${id}` },
        },
      ],
    }),
};

describe('a Consent of another hand', () => {
  for (const [name, end] of Object.entries(ways))
    it(`is withdrawn by ${name}, and acts no more at the next request`, async () => {
      const id = await written('p');
      const reply = await end('p', id);
      assert.ok(reply.status < 300, reply.text);
      assert.ok(await isOpen('p'));
      assert.equal((await read('p', id))['status'], 'inactive');
      assert.equal(
        of(await ask('p', 'PATCH', `/Consent/${id}`, [{ op: 'replace', path: '/status', value: 'active' }])),
        '403 scope-outside',
        'a withdrawal is not taken back by whom it was not written',
      );
      await clear('p', id);
    });

  it('is changed in nothing else, and not deleted', async () => {
    const id = await written('p', { grantor: [to('Organization/clinic')] });
    const whole = await read('p', id);
    const sent: Body[] = [
      { ...whole, status: 'entered-in-error' },
      { ...whole, status: 'draft' },
      { ...whole, decision: 'permit' },
      { ...whole, status: 'inactive', decision: 'permit' },
      { ...whole, status: 'inactive', grantor: [to('Patient/p')] },
      { ...whole, status: 'inactive', meta: { ...(whole['meta'] as object), profile: [] } },
      { ...whole, status: 'inactive', meta: { ...(whole['meta'] as object), tag: [{ code: 'x' }] } },
      {
        ...whole,
        status: 'inactive',
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
      },
      { ...whole, status: 'inactive', subject: to('Patient/child') },
    ];
    for (const body of sent)
      assert.equal(of(await ask('p', 'PUT', `/Consent/${id}`, body)), '403 scope-outside', JSON.stringify(body));
    const told = await ask('p', 'PUT', `/Consent/${id}`, sent[0]);
    assert.match(told.text, /changing its status from active to inactive, and nothing else/);
    assert.equal(of(await ask('p', 'DELETE', `/Consent/${id}`)), '403 scope-outside');
    assert.ok(!(await isOpen('p')));
    assert.equal(
      (await ask('p', 'PATCH', `/Consent/${id}`, ending)).status,
      200,
      'a facility that wrote it for the patient is no bar',
    );
    await clear('p', id);
  });

  it('is another patient’s to withdraw, whoever asks', async () => {
    const id = await written('grown');
    assert.equal(of(await ask('p', 'PATCH', `/Consent/${id}`, ending)), '404 resource-not-found');
    assert.equal(of(await ask('relative of p', 'PATCH', `/Consent/${id}`, ending)), '404 resource-not-found');
    await clear('grown', id);
  });

  it('that a guardian granted is withdrawn from full age on', async () => {
    for (const [patient, expected] of [
      ['child', '403 scope-outside'],
      ['unknown', '403 scope-outside'],
      ['grown', '200'],
      ['p', '200'],
    ] as const) {
      const id = await written(patient, { grantor: [to(`RelatedPerson/of-${patient}`)] });
      const reply = await ask(patient, 'PATCH', `/Consent/${id}`, ending);
      assert.equal(of(reply), expected, patient);
      if (reply.status === 403) assert.match(reply.text, /from the age of 18 on/);
      await clear(patient, id);
    }
  });

  it('that a guardian granted is not withdrawn by another date of birth, which no patient writes', async () => {
    const id = await written('child', { grantor: [to('RelatedPerson/of-child')] });
    const older = [{ op: 'add', path: '/birthDate', value: '1980-05-01' }];
    assert.equal(of(await ask('child', 'PATCH', '/Patient/child', older)), '403 scope-outside');
    assert.equal(of(await ask('child', 'PATCH', `/Consent/${id}`, ending)), '403 scope-outside');
    await clear('child', id);
  });

  it('that a guardian granted is replaced by a newer one in the national reading from full age on', async () => {
    const newer = (patient: string, members: Body = {}): Body => ({
      ...{ resourceType: 'Consent', id: `n-${patient}`, status: 'active', subject: to(`Patient/${patient}`) },
      ...{ meta: { profile: [nationalProfile] }, decision: 'permit', date: new Date().toISOString() },
      ...members,
    });
    const put = (patient: string, body: Body): Promise<Reply> => ask(patient, 'PUT', `/Consent/n-${patient}`, body);
    for (const [patient, isRefused] of [
      ['child', true],
      ['unknown', true],
      ['grown', false],
      ['p', false],
    ] as const) {
      assert.ok((await put(patient, newer(patient, { status: 'draft' }))).status < 300);
      const id = await written(patient, { grantor: [to(`RelatedPerson/of-${patient}`)] });
      const reply = await put(patient, newer(patient));
      assert.equal(of(reply), isRefused ? '403 scope-outside' : '200', patient);
      if (isRefused) assert.match(reply.text, new RegExp(`in the place of Consent/${id}, .* from the age of 18 on`));
      assert.equal(await isOpen(patient), !isRefused);
      const patch = [{ op: 'replace', path: '/status', value: 'active' }];
      assert.equal((await ask(patient, 'PATCH', `/Consent/n-${patient}`, patch)).status, isRefused ? 403 : 200);
      const others = newer(patient, { meta: {}, date: '2026-01-01' });
      assert.equal((await put(patient, others)).status, 200, 'in the reading of R5 it takes nothing back');
      await clear(patient, id, `n-${patient}`);
    }
    assert.ok((await put('child', newer('child'))).status < 300, 'where no guardian has granted any');
    await clear('child', 'n-child');
  });

  it('stands before one that is dated later than it was stored', async () => {
    const later = { status: 'active', subject: to('Patient/p'), decision: 'permit', date: '2099-01-01' };
    const body = { resourceType: 'Consent', id: 'later', meta: { profile: [nationalProfile] }, ...later };
    assert.ok((await ask('p', 'PUT', '/Consent/later', body)).status < 300);
    // The store's clock never repeats a time and may be ahead of this process.
    const { meta } = (await read('p', 'later')) as { meta: { lastUpdated: string } };
    await until('its time is over', () => Date.now() > Date.parse(meta.lastUpdated));
    await clear('p', await written('p'), 'later');
  });

  it('that the patient granted too, is withdrawn at whatever age', async () => {
    const id = await written('child', { grantor: [to('RelatedPerson/of-child'), to('Patient/child')] });
    assert.equal(of(await ask('child', 'PATCH', `/Consent/${id}`, ending)), '200');
    await clear('child', id);
  });

  it('is withdrawn by a relative where it names that relative as grantor, and else not', async () => {
    const own = await written('child', { ...ofClinic, grantor: [to('RelatedPerson/of-child')] });
    assert.equal(of(await ask('relative of child', 'PATCH', `/Consent/${own}`, ending)), '200');
    await clear('child', own);
    for (const grantor of [undefined, [to('Patient/p')], [to('RelatedPerson/of-child')], [to('Organization/clinic')]]) {
      const id = await written('p', { ...ofClinic, ...(grantor !== undefined && { grantor }) });
      assert.equal(
        of(await ask('relative of p', 'PATCH', `/Consent/${id}`, ending)),
        '403 scope-outside',
        JSON.stringify(grantor),
      );
      await clear('p', id);
    }
  });

  it('withdrawn while it is changed, is withdrawn of the version that was looked at', async () => {
    const id = await written('p');
    const whole = await read('p', id);
    const changed = { ...whole, date: '2026-01-01', status: 'active' };
    const source = scanJson(JSON.stringify(changed));
    await server.store.update({
      type: 'Consent',
      id,
      requireMatch: false,
      createAllowed: false,
      source,
      resource: changed,
    });
    assert.equal(
      of(await ask('p', 'PUT', `/Consent/${id}`, { ...whole, status: 'inactive' })),
      '403 scope-outside',
      'of the version before',
    );
    assert.ok(!(await isOpen('p')));
    await clear('p', id);
  });
});
