/** Administration of clients: what is registered, refused and stored, and how soon it takes effect. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClientError } from '@dhp/clients/fields';
import { openClients, type NewClient } from '@dhp/clients';
import { startServer } from './processes.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { clients } = bed;
const valid: NewClient = {
  name: 'Shifoxona №1',
  grants: ['client_credentials'],
  scopes: ['system/*.cruds'],
  environment: 'playground',
};

describe('a registration', () => {
  it('comes back as it was made, and is found and listed', async () => {
    const { client, secret } = await clients.create({ ...valid, clientId: 'clinic-1', scopes: ['system/Patient.rs'] });
    assert.match(secret!, /^dhps_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(client, {
      clientId: 'clinic-1',
      name: 'Shifoxona №1',
      environment: 'playground',
      grants: ['client_credentials'],
      scopes: ['system/Patient.rs'],
      redirectUris: [],
      public: false,
      minimalAuthorize: false,
      hexChallenge: false,
      requirePkce: false,
      hasKeys: false,
      dpopBound: false,
      postLogoutRedirectUris: [],
      details: {},
      signInMethods: [],
      liveSecrets: 1,
      acceptedSecrets: 1,
      approved: client.created,
      approvedBy: client.approvedBy,
      created: client.created,
      updated: client.created,
    });
    assert.match(client.approvedBy ?? '', /^cli:/, 'who registers at the command line approves');
    assert.ok(Math.abs(client.created.getTime() - Date.now()) < 60_000);
    assert.deepEqual(await clients.find('clinic-1'), client);
    assert.deepEqual(
      (await clients.list()).filter(({ clientId }) => clientId === 'clinic-1'),
      [client],
    );
    assert.equal(await clients.find('nobody'), undefined);
  });

  it('gets a random id where none is given', async () => {
    const [a, b] = [await clients.create(valid), await clients.create(valid)];
    assert.match(a.client.clientId, /^[0-9a-f-]{36}$/);
    assert.notEqual(a.client.clientId, b.client.clientId);
    assert.notEqual(a.secret, b.secret);
  });

  const refused: [kind: string, change: Partial<Record<keyof NewClient, unknown>>, message: RegExp][] = [
    ['invalid-name', { name: ' ' }, /needs a name/],
    ['invalid-name', { name: 'a\nb' }, /needs a name/],
    ['invalid-name', { name: 'Clinic \u202ecinilC' }, /needs a name/],
    ['invalid-name', { name: '\u200b\u3164' }, /needs a name/],
    ['invalid-name', { name: 'x'.repeat(201) }, /needs a name/],
    ['invalid-environment', { environment: 'staging' }, /"staging": playground or production/],
    ['invalid-environment', { environment: '__proto__' }, /playground or production/],
    ['invalid-grant', { grants: [] }, /at least one grant/],
    ['invalid-grant', { grants: ['password'] }, /"password" is not supported: choose from client_credentials/],
    ['invalid-scope', { scopes: [] }, /at least one scope/],
    ['invalid-scope', { scopes: ['system/Patient.sr'] }, /"system\/Patient.sr" is not a scope/],
    ['invalid-scope', { scopes: ['everything'] }, /"everything" is not a scope/],
    ['invalid-scope', { scopes: ['user/*.rs'] }, /needs a person/],
    ['invalid-client-id', { clientId: 'a b' }, /letters, digits/],
    ['invalid-client-id', { clientId: '' }, /letters, digits/],
    ['invalid-client-id', { clientId: 'x'.repeat(129) }, /1 to 128/],
    ['invalid-redirect-uri', { redirectUris: ['javascript:alert(1)'] }, /not a redirect URI/],
    ['invalid-redirect-uri', { redirectUris: ['https://a.uz/cb#x'] }, /without fragment/],
  ];
  for (const [kind, change, message] of refused) {
    it(`is refused as ${kind}: ${JSON.stringify(change).slice(0, 60)}`, async () => {
      const before = (await clients.list()).length;
      await assert.rejects(clients.create({ ...valid, ...change } as NewClient), (error) => {
        assert.ok(error instanceof ClientError);
        assert.equal(error.kind, kind);
        assert.match(error.message, message);
        return true;
      });
      assert.equal((await clients.list()).length, before);
    });
  }

  it('is refused for a resource type that does not exist, where the types are known', async () => {
    const strict = openClients(bed.sql, { resourceTypes: ['Patient'] });
    await assert.rejects(strict.create({ ...valid, scopes: ['system/Nope.rs'] }), /for a resource type of FHIR R5/);
    await strict.create({ ...valid, scopes: ['system/Patient.rs'] });
  });

  it('is refused for an id that is taken, also when two are made at once', async () => {
    const attempts = await Promise.allSettled([1, 2, 3].map(() => clients.create({ ...valid, clientId: 'twin' })));
    const reasons = attempts.flatMap((attempt) =>
      attempt.status === 'rejected' ? [attempt.reason as ClientError] : [],
    );
    assert.deepEqual(
      reasons.map((reason) => reason.kind),
      ['client-exists', 'client-exists'],
    );
  });

  it('of nobody cannot be changed', async () => {
    for (const act of [
      () => clients.disable('nobody'),
      () => clients.enable('nobody'),
      () => clients.rotateSecret('nobody'),
      () => clients.dropOldSecret('nobody'),
    ]) {
      await assert.rejects(act, (error) => error instanceof ClientError && error.kind === 'unknown-client');
    }
  });
});

describe('secrets at rest', () => {
  it('BCP-16 no table has a secret in clear', async () => {
    const { client, secret } = await clients.create(valid);
    const rotated = await clients.rotateSecret(client.clientId, { keepOld: true });
    const [{ dump }] = (await bed.sql`
      select concat((select string_agg(c::text, ' ') from sso.client c),
                    (select string_agg(a::text, ' ') from sso.audit_event a)) as dump`) as unknown as [
      { dump: string },
    ];
    assert.ok(dump.includes(client.clientId));
    for (const one of [secret!, rotated.secret]) assert.equal(dump.includes(one.slice('dhps_'.length)), false);
  });
});

describe('a change by one process', () => {
  it('is in force at once in two server processes', async () => {
    const servers = await Promise.all([startServer(bed), startServer(bed)]);
    const statuses = async (form: Record<string, string>): Promise<number[]> =>
      Promise.all(servers.map(async ({ url }) => (await postForm(`${url}/oauth/token`, form)).status));

    const { id, form } = await newClient(clients);
    assert.deepEqual(await statuses(form), [200, 200], 'created');
    await clients.disable(id, { reason: 'contract ended' });
    assert.deepEqual(await statuses(form), [401, 401], 'disabled');
    await clients.enable(id);
    assert.deepEqual(await statuses(form), [200, 200], 'enabled');

    const second = await clients.rotateSecret(id, { keepOld: true });
    const secondForm = { ...form, client_secret: second.secret };
    assert.equal(second.client.liveSecrets, 2);
    assert.deepEqual(await statuses(form), [200, 200], 'the old secret while the rotation overlaps');
    assert.deepEqual(await statuses(secondForm), [200, 200], 'the new secret');
    assert.equal((await clients.dropOldSecret(id)).liveSecrets, 1);
    assert.deepEqual(await statuses(form), [401, 401], 'the old secret after the overlap');

    const third = await clients.rotateSecret(id);
    assert.deepEqual(await statuses(secondForm), [401, 401], 'the secret before a rotation without overlap');
    assert.deepEqual(await statuses({ ...form, client_secret: third.secret }), [200, 200], 'the third secret');

    await bed.sql`update sso.client set scopes = ${['system/Patient.r']} where client_id = ${id}`;
    const answers = await Promise.all(
      servers.map(({ url }) => postForm(`${url}/oauth/token`, { ...form, client_secret: third.secret })),
    );
    assert.deepEqual(
      answers.map(({ body }) => body['scope']),
      ['system/Patient.r', 'system/Patient.r'],
      'edited by hand',
    );
    assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), [0, 0], 'a clean end');
  });

  it('a disabled client keeps its time and tells its reason', async () => {
    const { id } = await newClient(clients);
    const first = await clients.disable(id, { reason: 'lost secret' });
    assert.ok(first.disabled);
    assert.equal(first.disabledReason, 'lost secret');
    const again = await clients.disable(id, { reason: 'stolen secret' });
    assert.deepEqual(again.disabled, first.disabled);
    assert.equal(again.disabledReason, 'stolen secret');
    const enabled = await clients.enable(id);
    assert.equal(enabled.disabled, undefined);
    assert.equal(enabled.disabledReason, undefined);
  });
});
