/** FHIR over HTTP on several nodes: what an integrator does first, and what is refused there. docs/decisions/0130-writes-on-several-nodes.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../../apps/fhir/test/environment.ts';
import { migrations } from '../../packages/fhir-store/src/index.ts';
import { distribute } from '../../packages/fhir-store/src/placement/distribute.ts';
import { connect, migrate } from '../../packages/postgres/src/index.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';

describe('a FHIR server on a coordinator and two workers', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let server: TestServer | undefined;
  before(async () => {
    cluster = await startCluster({ workers: 2 });
    const owner = connect(cluster.url, { max: 1 });
    await migrate(owner, migrations);
    await distribute(owner, { shards: 8 }).finally(() => owner.end());
    server = await startServer({}, () => `${cluster!.url}?plan_cache_mode=force_custom_plan`);
  });
  after(async () => {
    await server?.close();
    await cluster?.close();
  });

  interface Answer {
    readonly id?: string;
    readonly total?: number;
    readonly entry?: {
      readonly resource?: Answer;
      readonly response?: { readonly status: string; readonly location?: string };
    }[];
    readonly meta?: { readonly versionId: string };
  }
  async function ask(method: string, path: string, resource?: object, headers: Record<string, string> = {}) {
    const reply = await server!.request(method, path, {
      headers: { ...(resource !== undefined && { 'content-type': 'application/fhir+json' }), ...headers },
      ...(resource !== undefined && { body: JSON.stringify(resource) }),
    });
    return { status: reply.status, body: reply.json as Answer };
  }

  it('stores, changes, moves, tells the history, and deletes', async () => {
    const patients = await Promise.all(
      [1, 2].map(() => ask('POST', '/Patient', { resourceType: 'Patient', name: [{ family: 'Karimova' }] })),
    );
    assert.deepEqual(
      patients.map(({ status }) => status),
      [201, 201],
    );
    const [one, two] = patients.map(({ body }) => `Patient/${body.id!}`);
    const observation = (subject: string, id?: string) => ({
      ...{ resourceType: 'Observation', ...(id !== undefined && { id }), status: 'final' },
      ...{ code: { text: 'weight' }, subject: { reference: subject } },
    });
    const { body: made } = await ask('POST', '/Observation', observation(one!));
    const path = `/Observation/${made.id!}`;
    const moved = await ask('PUT', path, observation(two!, made.id), { 'if-match': 'W/"1"' });
    assert.deepEqual([moved.status, moved.body.meta?.versionId], [200, '2']);
    assert.equal((await ask('PUT', path, observation(one!, made.id), { 'if-match': 'W/"1"' })).status, 412);
    const totals = await Promise.all(
      [one, two].map(async (of) => (await ask('GET', `/Observation?subject=${of!}`)).body.total),
    );
    assert.deepEqual(totals, [0, 1]);
    assert.equal((await ask('GET', `${path}/_history`)).body.total, 2);
    assert.equal((await ask('GET', `${path}/_history/1`)).status, 200);
    assert.equal((await ask('DELETE', path)).status, 200);
    assert.equal((await ask('GET', path)).status, 410);
    assert.equal((await ask('GET', '/Observation/_history')).body.entry?.length, 3);
  });

  it('stores a transaction over patients with a conditional create once', async () => {
    const fullUrl = 'urn:uuid:6b0c2b1e-54c0-4f4c-9a29-5a1f5a3b8a11';
    const bundle = {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [
        {
          fullUrl,
          resource: { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: '1' }] },
          request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:x|1' },
        },
        {
          resource: {
            resourceType: 'Observation',
            status: 'final',
            code: { text: 'x' },
            subject: { reference: fullUrl },
          },
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    };
    const answers = await Promise.all([1, 2, 3].map(() => ask('POST', '/', bundle)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    const made = answers.filter(({ body }) => body.entry![0]!.response!.status.startsWith('201'));
    assert.equal(made.length, 1);
    const found = await ask('GET', '/Patient?identifier=urn:x|1');
    assert.equal(found.body.total, 1);
    assert.equal((await ask('GET', `/Observation?patient=${found.body.entry![0]!.resource!.id!}`)).body.total, 3);
  });

  it('finds by what refers to it on another node, by words, and all of a patient', async () => {
    const patient = { resourceType: 'Patient', id: 'everything', name: [{ family: 'Everythingova' }] };
    assert.equal((await ask('PUT', '/Patient/everything', patient)).status, 201);
    const practitioner = { resourceType: 'Practitioner', id: 'elsewhere', name: [{ family: 'Elsewhere' }] };
    assert.equal((await ask('PUT', '/Practitioner/elsewhere', practitioner)).status, 201);
    const observation = {
      ...{ resourceType: 'Observation', id: 'of-everything', status: 'final', code: { text: 'rareword' } },
      ...{ subject: { reference: 'Patient/everything' }, performer: [{ reference: 'Practitioner/elsewhere' }] },
    };
    assert.equal((await ask('PUT', '/Observation/of-everything', observation)).status, 201);
    const found = async (path: string) => {
      const { status, body } = await ask('GET', path);
      assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
      return body.entry?.map(({ resource }) => resource!.id).sort();
    };
    assert.deepEqual(await found('/Practitioner?_has:Observation:performer:status=final'), ['elsewhere']);
    assert.deepEqual(await found('/Observation?performer:Practitioner.family=Elsewhere'), ['of-everything']);
    assert.deepEqual(await found('/Observation?_content=rareword'), ['of-everything']);
    assert.deepEqual(await found('/Patient/everything/$everything'), ['elsewhere', 'everything', 'of-everything']);
  });
});
