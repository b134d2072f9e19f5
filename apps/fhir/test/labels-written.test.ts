/** Labels of the server where something is written, marked, listed and sorted: answers to writes show them as a read does, and tell nobody of others. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StoreUnavailable } from '@dhp/fhir-store';
import { mostRestricted } from '@dhp/labels';
import { startServer, type Reply, type TestServer } from './environment.ts';
import {
  act,
  byServer,
  confidentiality,
  hiv,
  labelling,
  observation,
  restricted,
  securityOf,
  subject,
} from './labels-bed.ts';
import { activateLabels } from './policies.ts';
import { entriesOf, put } from './searches.ts';

let server: TestServer;
/** Cleared for nothing, and for HIV. */
let clinic: string;
let cleared: string;
before(async () => {
  server = await startServer({
    ...{ requireIfMatch: false, referenceIntegrity: 'allow', validation: { level: 'off' } },
  });
  clinic = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  cleared = await server.sso.token({ scope: 'system/*.cruds', client_id: 'cleared' });
  await put(server, { resourceType: 'Patient', id: 'p' }, observation('o', 'hiv'), observation('mind', 'psy'));
  await put(server, observation('plain', 'x'));
  await activateLabels(server, labelling);
});
after(() => server.close());

const list = (id: string, ...items: string[]): Record<string, unknown> => ({
  ...{ resourceType: 'List', id, status: 'current', mode: 'working', subject: [subject] },
  entry: items.map((reference) => ({ item: { reference } })),
});

type Headers = Record<string, string>;
async function ask(method: string, path: string, body?: object, headers: Headers = {}, by = cleared): Promise<Reply> {
  const kind = method === 'PATCH' && Array.isArray(body) ? 'json-patch+json' : 'fhir+json';
  const sent = body && { body: JSON.stringify(body) };
  return server.request(method, path, {
    ...{ token: by, ...sent },
    headers: { ...(body && { 'content-type': `application/${kind}` }), ...headers },
  });
}

/** By whoever is cleared. */
async function store(...resources: readonly Record<string, unknown>[]): Promise<void> {
  for (const one of resources) {
    const reply = await ask('PUT', `/Observation/${String(one['id'])}`, one);
    assert.equal(reply.status, 201, reply.text);
  }
}

const whole = { prefer: 'return=representation' };
const tag = [{ op: 'add', path: '/language', value: 'uz' }];
const bundle = (type: string, method: string, url: string, resource: object): object => ({
  ...{ resourceType: 'Bundle', type },
  entry: [{ resource, request: { method, url } }],
});
const first = ({ json }: Reply): { resource: Record<string, unknown>; response: { etag: string } } =>
  (json['entry'] as { resource: Record<string, unknown>; response: { etag: string } }[])[0]!;

/** Each writes what has the labels, and returns the resource of the answer with the version that it says. */
const ways: Readonly<Record<string, (id: string) => Promise<{ resource: unknown; etag: string | null }>>> = {
  POST: async () => alone(await ask('POST', '/Observation', observation(undefined, 'hiv'))),
  'PUT of what is new': async (id) => alone(await ask('PUT', `/Observation/${id}`, observation(id, 'hiv'))),
  'PUT of what is there': (id) =>
    changed(id, () => ask('PUT', `/Observation/${id}`, observation(id, 'hiv', { language: 'uz' }))),
  'PUT that changes nothing': (id) => changed(id, () => ask('PUT', `/Observation/${id}`, observation(id, 'hiv'))),
  'PUT that takes the code away': (id) => changed(id, () => ask('PUT', `/Observation/${id}`, observation(id, 'x'))),
  'conditional POST of what is there': (id) =>
    changed(id, () => ask('POST', '/Observation', observation(undefined, 'hiv'), { 'if-none-exist': `_id=${id}` })),
  'conditional PUT': (id) =>
    changed(id, () => ask('PUT', `/Observation?_id=${id}`, observation(undefined, 'hiv', { language: 'uz' }))),
  PATCH: (id) => changed(id, () => ask('PATCH', `/Observation/${id}`, tag)),
  'conditional PATCH': (id) => changed(id, () => ask('PATCH', `/Observation?_id=${id}`, tag)),
  'a transaction': async (id) => {
    const url = `Observation/${id}`;
    return entry(await ask('POST', '/', bundle('transaction', 'PUT', url, observation(id, 'hiv')), whole));
  },
  'a batch': async () =>
    entry(await ask('POST', '/', bundle('batch', 'POST', 'Observation', observation(undefined, 'hiv')), whole)),
  'a list of it': async (id) => alone(await ask('PUT', `/List/${id}`, list(id, 'Observation/o', 'Observation/plain'))),
};

function alone(reply: Reply): { resource: unknown; etag: string | null } {
  assert.ok(reply.status < 300, reply.text);
  return { resource: reply.json, etag: reply.headers.get('etag') };
}
function entry(reply: Reply): { resource: unknown; etag: string | null } {
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(byServer(reply.json), [restricted], 'the Bundle of the answer has the mark');
  const { resource, response } = first(reply);
  return { resource, etag: response.etag };
}
async function changed(id: string, write: () => Promise<Reply>): Promise<{ resource: unknown; etag: string | null }> {
  assert.equal((await ask('PUT', `/Observation/${id}`, observation(id, 'hiv'))).status, 201);
  return alone(await write());
}

describe('the answer to a write', () => {
  it('says that it is stored where the database tells no labels any more', async (context) => {
    const away = new StoreUnavailable('connection', new Error('away'));
    context.mock.method(server.store.labels, 'of', () => Promise.reject(away));
    const single = await ask('PUT', '/Observation/stored', observation('stored', 'hiv'));
    assert.deepEqual([single.status, byServer(single.json)], [201, []], single.text);
    const made = bundle('transaction', 'PUT', 'Observation/stored-too', observation('stored-too', 'hiv'));
    const together = await ask('POST', '/', made, whole);
    assert.deepEqual([together.status, byServer(together.json)], [200, [mostRestricted]], together.text);
    context.mock.restoreAll();
    for (const id of ['stored', 'stored-too'])
      assert.deepEqual(byServer((await ask('GET', `/Observation/${id}`)).json), [hiv, restricted]);
  });

  for (const [way, write] of Object.entries(ways))
    it(`shows the labels as a read does: ${way}`, async () => {
      const { resource, etag } = await write(`by-${way.replaceAll(/[^a-z]/gi, '')}`);
      const { resourceType, id } = resource as { resourceType: string; id: string };
      const read = await ask('GET', `/${resourceType}/${id}`);
      assert.deepEqual(resource, read.json);
      assert.equal(etag, read.headers.get('etag'));
      assert.deepEqual(byServer(resource), [hiv, restricted].sort());
    });

  it('shows them in $meta-add and $meta-delete, and to nobody who wants no body', async () => {
    await store(observation('meta', 'hiv'));
    const parameter = [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:t', code: 'seen' }] } }];
    for (const operation of ['$meta-add', '$meta-delete']) {
      const done = await ask('POST', `/Observation/meta/${operation}`, { resourceType: 'Parameters', parameter });
      const read = await ask('GET', '/Observation/meta/$meta');
      assert.deepEqual(done.json, read.json, operation);
      assert.match(done.text, /label-of-server/);
    }
    for (const prefer of ['return=minimal', 'return=OperationOutcome']) {
      const reply = await ask('PUT', '/Observation/meta', observation('meta', 'hiv', { note: [{ text: prefer }] }), {
        prefer,
      });
      assert.equal(reply.status, 200);
      assert.doesNotMatch(reply.text, /HIV|label-of-server/);
    }
  });

  it('shows none to who is not cleared for what a list puts together, as if that were not there', async () => {
    const write = async (id: string, ...items: string[]): Promise<Reply> =>
      ask('PUT', `/List/${id}`, list(id, ...items), {}, clinic);
    const [unseen, absent] = [await write('of-unseen', 'Observation/o'), await write('of-nothing', 'Observation/none')];
    assert.deepEqual([unseen.status, absent.status], [201, 201]);
    assert.deepEqual([securityOf(unseen.json), securityOf(absent.json)], [[], []]);
    const both = await ask('PUT', '/List/of-both', list('of-both', 'Observation/o', 'Observation/mind'));
    assert.deepEqual([both.status, securityOf(both.json)], [201, []], 'cleared for one of them');
    for (const type of ['transaction', 'batch']) {
      const url = `List/in-${type}`;
      const reply = await ask(
        'POST',
        '/',
        bundle(type, 'PUT', url, list(`in-${type}`, 'Observation/o')),
        whole,
        clinic,
      );
      assert.equal(reply.status, 200, reply.text);
      assert.doesNotMatch(reply.text, /label-of-server|HIV/);
    }
  });
});

describe('a Bundle that answers others', () => {
  const get = (url: string): object => ({ request: { method: 'GET', url } });
  it('is as confidential as what its entries show, searches and histories among them', async () => {
    for (const url of ['Observation/o', 'Observation?_id=o', 'Observation/o/_history', 'Observation/o/_history/1'])
      for (const type of ['batch', 'transaction']) {
        const reply = await ask('POST', '/', { resourceType: 'Bundle', type, entry: [get('Patient/p'), get(url)] });
        assert.equal(reply.status, 200, reply.text);
        assert.deepEqual(byServer(reply.json), [restricted], `${type} ${url}`);
      }
    const others = await ask('POST', '/', { resourceType: 'Bundle', type: 'batch', entry: [get('Observation/plain')] });
    assert.deepEqual(securityOf(others.json), []);
    const refused = { resourceType: 'Bundle', type: 'batch', entry: [get('Observation/o')] };
    assert.deepEqual(securityOf((await ask('POST', '/', refused, {}, clinic)).json), []);
  });

  it('sees in a transaction what it has written, with its labels once', async () => {
    const written = { resource: observation('seen', 'hiv'), request: { method: 'PUT', url: 'Observation/seen' } };
    const entry = [written, get('Observation/seen')];
    const reply = await ask('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry }, whole);
    assert.equal(reply.status, 200, reply.text);
    for (const { resource } of reply.json['entry'] as { resource: unknown }[])
      assert.deepEqual(byServer(resource), [hiv, restricted].sort());
  });
});

describe('$meta of a type and of the system', () => {
  const labels = async (path: string, by = cleared): Promise<{ server: string[]; all: string[] }> => {
    const { status, json, text } = await ask('GET', `${path}/$meta`, undefined, {}, by);
    assert.equal(status, 200, text);
    const [{ valueMeta }] = json['parameter'] as [{ valueMeta: object }];
    const resource = { meta: valueMeta };
    const all = securityOf(resource).map(({ system, code }) => `${system}|${code}`);
    return { server: byServer(resource).sort(), all: all.sort() };
  };

  it('lists the labels that the server shows to the caller, and no others', async () => {
    for (const path of ['/Observation', '/List', '']) {
      assert.deepEqual((await labels(path)).server, [hiv, restricted].sort(), path);
      const ofClinic = await labels(path, clinic);
      assert.deepEqual(ofClinic, { server: [], all: [] }, path);
    }
    assert.deepEqual((await labels('/Patient')).all, []);
    assert.deepEqual((await labels('/ValueSet')).all, []);
  });

  it('lists one that a writer says, too, once and as said', async () => {
    await store(observation('said', 'x', { meta: { security: [{ system: act, code: 'HIV' }] } }));
    const { server: shown, all } = await labels('/Observation');
    assert.deepEqual([shown, all], [[restricted], [hiv, restricted].sort()]);
    assert.deepEqual((await labels('/Observation', clinic)).all, []);
  });
});

describe('_sort=_security', () => {
  it('orders by what writers have said of what is shown, whatever else there is', async () => {
    const said = (id: string, code: string, more: object = {}): Record<string, unknown> =>
      observation(id, 'x', { meta: { security: [{ system: confidentiality, code }] }, ...more });
    await put(server, said('s-n', 'N'), said('s-l', 'L'), said('s-u', 'U'), observation('s-none', 'x'));
    const order = async (by: string): Promise<string[]> => {
      const reply = await ask('GET', '/Observation?_sort=_security,_id&_count=200', undefined, {}, by);
      assert.equal(reply.status, 200, reply.text);
      return entriesOf(reply).map(({ resource }) => String(resource.id));
    };
    const before = await order(clinic);
    assert.deepEqual(
      before.filter((id) => id.startsWith('s-')),
      ['s-l', 's-n', 's-u', 's-none'],
    );
    await store(
      said('t-r', 'R'),
      observation('t-hiv', 'hiv'),
      said('t-m', 'M', { code: { coding: [{ system: 'urn:c', code: 'hiv' }] } }),
    );
    assert.deepEqual(await order(clinic), before, 'hidden ones change nothing');
    const all = await order(cleared);
    assert.ok(all.indexOf('t-hiv') > all.indexOf('s-u'), 'a label of the server is not ordered by');
  });
});
