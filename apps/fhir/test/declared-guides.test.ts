/** The guides that are stored, and their profiles, in the CapabilityStatement. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

const base = 'https://guide.example.uz/fhir';

interface Statement {
  readonly implementationGuide?: readonly string[];
  readonly rest: readonly [{ readonly resource: readonly { type: string; supportedProfile?: readonly string[] }[] }];
}

async function declared(): Promise<{ guides: readonly string[]; profiles: Record<string, readonly string[]> }> {
  const { json } = await server.request('GET', '/metadata', { token: null });
  const { implementationGuide = [], rest } = json as unknown as Statement;
  const profiles = rest[0].resource.flatMap(({ type, supportedProfile }) =>
    // The profile of cohorts is applied whatever is stored.
    supportedProfile === undefined || type === 'Group' ? [] : [[type, supportedProfile] as const],
  );
  return { guides: implementationGuide, profiles: Object.fromEntries(profiles) };
}

function profile(id: string, type: string, more: object = {}): Record<string, unknown> {
  return {
    ...{
      resourceType: 'StructureDefinition',
      id,
      url: `${base}/StructureDefinition/${id}`,
      name: 'P',
      status: 'active',
    },
    ...{ kind: 'resource', abstract: false, type, derivation: 'constraint' },
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    differential: { element: [{ id: type, path: type }] },
    ...more,
  };
}

const guide = {
  ...{ resourceType: 'ImplementationGuide', id: 'g', url: `${base}/ImplementationGuide/g`, version: '1.2.0' },
  ...{ name: 'G', status: 'active', packageId: 'uz.example.g', fhirVersion: ['5.0.0'] },
};

test('a guide and its profiles are declared while they are stored', async () => {
  assert.deepEqual(await declared(), { guides: [], profiles: {} });
  const quantity = profile('e', 'Quantity', { kind: 'complex-type' });
  const foreign = profile('f', 'Patient', { url: 'https://other.example/StructureDefinition/f' });
  for (const resource of [
    profile('b', 'Patient'),
    profile('a', 'Patient'),
    profile('o', 'Observation'),
    profile('r', 'Patient', { status: 'retired' }),
    ...[quantity, foreign],
  ]) {
    const reply = await server.write('PUT', `/StructureDefinition/${String(resource['id'])}`, resource);
    assert.equal(reply.status, 201, reply.text);
  }
  assert.deepEqual((await declared()).profiles, {}, 'profiles of no guide are checked, and not declared');
  const before = (await server.request('GET', '/metadata')).headers.get('etag');
  assert.equal((await server.write('PUT', '/ImplementationGuide/g', guide)).status, 201);
  assert.deepEqual(await declared(), {
    guides: [`${guide.url}|1.2.0`],
    profiles: {
      Patient: [`${base}/StructureDefinition/a`, `${base}/StructureDefinition/b`],
      Observation: [`${base}/StructureDefinition/o`],
    },
  });
  assert.notEqual((await server.request('GET', '/metadata')).headers.get('etag'), before);
  await server.request('DELETE', '/ImplementationGuide/g');
  assert.deepEqual(await declared(), { guides: [], profiles: {} });
});
