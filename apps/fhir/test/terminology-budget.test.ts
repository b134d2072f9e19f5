/** The cost of terminology is charged to the request that causes it, in searches and in operations. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { startServer, type Reply, type TestServer } from './environment.ts';

const n = 3_000;
const base = 'http://example.uz/';
const [system, valueSet] = [`${base}s`, `${base}v`];
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const definition = (type: string, id: string, more: object): object => ({
  ...{ resourceType: type, id, status: 'active', name: 'X' },
  ...more,
});
const codeSystem = definition('CodeSystem', 's', {
  url: system,
  content: 'complete',
  property: list(200, (i) => ({ code: `q${i}`, type: 'string' })),
  concept: [
    {
      ...{ code: 'root', property: list(200, (i) => ({ code: `q${i}`, valueString: 'x' })) },
      concept: list(n, (i) => ({ code: `c${i}`, display: 'w0' })),
    },
  ],
});
const filtered = { compose: { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'root' }] }] } };

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, costs: { work: 20_000, resourceWork: 20_000 } });
  // Past the limits of the request, as seeds and packages are stored.
  const resources = [codeSystem, definition('ValueSet', 'v', { url: valueSet, ...filtered })] as {
    resourceType: string;
    id: string;
  }[];
  for (const resource of resources) {
    const source = scanJson(JSON.stringify(resource));
    const { resourceType: type, id } = resource;
    await server.store.update({
      type,
      id,
      source,
      resource: { ...resource },
      requireMatch: false,
      createAllowed: true,
    });
  }
});
after(() => server.close());

function refused(reply: Reply): void {
  assert.deepEqual([reply.status, reply.code], [422, 'work-limit-exceeded'], reply.text.slice(0, 400));
  assert.match(reply.sentence, /DHP_(REQUEST|RESOURCE)_WORK/);
}

const code = (text: string): string => encodeURIComponent(text);
const asked: Record<string, string> = {
  ':in': `/Observation?code:in=${code(valueSet)}`,
  ':not-in': `/Observation?code:not-in=${code(valueSet)}`,
  ':below': `/Observation?code:below=${code(`${system}|root`)}`,
  'a chain': `/Patient?_has:Observation:patient:code:in=${code(valueSet)}`,
  $expand: `/ValueSet/$expand?url=${code(valueSet)}`,
  '$expand with a filter': `/ValueSet/$expand?url=${code(valueSet)}&filter=w0`,
};

describe('what terminology costs counts for the request', () => {
  for (const [name, path] of Object.entries(asked)) {
    test(name, async () => refused(await server.request('GET', path)));
  }

  test('$lookup with many properties', async () => {
    const path = `/CodeSystem/$lookup?system=${code(system)}&code=root`;
    assert.equal((await server.request('GET', path)).status, 200);
    refused(await server.request('GET', `${path}&property=${list(100, (i) => `q${i}`).join('&property=')}`));
  });
});
