/** Lists longer than a call may have arguments (some 125,000) are stored, and do not end in an error of ours. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { post, send, statusesOf } from './bundles.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 64 * 1024 ** 2 });
});
after(() => server.close());

const range = <T>(make: (n: number) => T): T[] => Array.from({ length: 150_000 }, (_, n) => make(n));

const resources: Record<string, { resourceType: string } & Record<string, unknown>> = {
  'times of a Timing': {
    ...{ resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject: { display: 'x' } },
    occurrenceTiming: { event: range((n) => new Date(n * 60_000).toISOString()) },
  },
  tags: {
    resourceType: 'Basic',
    code: { text: 'x' },
    meta: { tag: range((n) => ({ system: 'urn:x', code: `t${n}` })) },
  },
};

for (const [name, resource] of Object.entries(resources))
  test(name, async () => {
    const stored = await send(server, 'transaction', [post(resource)]);
    assert.deepEqual(statusesOf(stored), ['201 Created']);
  });
