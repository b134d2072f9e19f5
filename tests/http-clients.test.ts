/** Two independent, widely used FHIR clients: their requests are not adapted to this server. */
import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Client as FhirKitClient } from 'fhir-kit-client';
import smart from 'fhirclient';
import { getToken, openHome, type Home } from './platform.ts';

let place: Home;
let baseUrl: string;
let token: string;

before(async () => {
  place = await openHome({ begins: 'migrated', programs: 'kept', serves: 'sso,fhir' });
  const platform = await place.start();
  baseUrl = platform.urls.playground;
  token = await getToken(platform.urls.sso, platform.demo!);
});
after(() => place.close());

const patient = {
  resourceType: 'Patient',
  active: true,
  name: [
    { family: 'Каримова', given: ['Азиза'] },
    { family: 'Karimova', given: ['Aziza'] },
  ],
  birthDate: '1990-05-14',
};

interface Stored {
  readonly resourceType: string;
  readonly id: string;
  readonly meta: { readonly versionId: string; readonly lastUpdated: string };
  readonly [element: string]: unknown;
}

/** The resource without elements that the server sets. */
function content({ id: _id, meta: _meta, ...rest }: Stored): Record<string, unknown> {
  return rest;
}

/** The HTTP status that a client's error carries, wherever it puts it. */
function statusOf(error: unknown): unknown {
  const { response, statusCode, status } = error as {
    response?: { status?: number };
    statusCode?: number;
    status?: number;
  };
  return response?.status ?? statusCode ?? status;
}

describe('fhir-kit-client', () => {
  const open = (): FhirKitClient => new FhirKitClient({ baseUrl, bearerToken: token });

  test('create, read, update, vread, history, delete', async () => {
    const client = open();
    const created = (await client.create({ resourceType: 'Patient', body: patient })) as Stored;
    assert.deepEqual(content(created), patient);
    const { id } = created;
    assert.deepEqual(await client.read({ resourceType: 'Patient', id }), created);

    const changed = { ...created, birthDate: '1991-05-14' };
    await assert.rejects(
      client.update({ resourceType: 'Patient', id, body: changed }),
      (error) => statusOf(error) === 412,
    );
    const options = { headers: { 'if-match': 'W/"1"' } };
    const updated = (await client.update({ resourceType: 'Patient', id, body: changed, options })) as Stored;
    assert.equal(updated.meta.versionId, '2');
    assert.deepEqual(content(updated), { ...patient, birthDate: '1991-05-14' });

    assert.deepEqual(await client.vread({ resourceType: 'Patient', id, version: '1' }), created);
    const history = (await client.history({ resourceType: 'Patient', id })) as { type?: string; entry?: unknown[] };
    assert.deepEqual([history.type, history.entry?.length], ['history', 2]);

    await client.delete({ resourceType: 'Patient', id });
    await assert.rejects(client.read({ resourceType: 'Patient', id }), (error) => statusOf(error) === 410);
  });

  test('it finds the capabilities and the SMART endpoints', async () => {
    const client = open();
    const statement = (await client.capabilityStatement()) as { resourceType: string; fhirVersion?: string };
    assert.deepEqual([statement.resourceType, statement.fhirVersion], ['CapabilityStatement', '5.0.0']);
    const { tokenUrl } = (await client.smartAuthMetadata()) as { tokenUrl?: URL };
    assert.match(String(tokenUrl), /\/oauth\/token$/);
  });
});

describe('fhirclient', () => {
  /** Like a backend: the library receives a request, here an artificial one, and the state of a session. */
  const open = (accessToken?: string): ReturnType<typeof smart.client> => {
    const request = new IncomingMessage(new Socket());
    const storage = {
      get: async () => undefined,
      set: async (_: string, value: unknown) => value,
      unset: async () => true,
    };
    return smart(request, new ServerResponse(request), storage).client({
      serverUrl: baseUrl,
      ...(accessToken !== undefined && { tokenResponse: { access_token: accessToken } }),
    });
  };

  test('create, read, update, delete', async () => {
    const client = open(token);
    const created: Stored = await client.create(patient);
    assert.deepEqual(content(created), patient);
    const { id } = created;
    assert.deepEqual(await client.request(`Patient/${id}`), created);

    const changed = { ...created, birthDate: '1991-05-14' };
    await assert.rejects(client.update(changed), (error) => statusOf(error) === 412);
    const updated: Stored = await client.update(changed, { headers: { 'if-match': 'W/"1"' } });
    assert.equal(updated.meta.versionId, '2');
    assert.deepEqual(content(updated), { ...patient, birthDate: '1991-05-14' });

    await client.delete(`Patient/${id}`);
    await assert.rejects(client.request(`Patient/${id}`), (error) => statusOf(error) === 410);
  });

  test('without a token it is refused', async () => {
    await assert.rejects(open().request('Patient/nobody'), (error) => statusOf(error) === 401);
  });
});
