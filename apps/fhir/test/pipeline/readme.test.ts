import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Budget } from '@dhp/budget';
import type { Route } from '../../src/contract/route.ts';
import { accessOf } from '../../src/http/access.ts';
import { createWeightedSemaphore } from '../../src/http/turns.ts';
import type { Interaction, Services } from '../../src/contract/interaction.ts';
import { createPipeline } from '../../src/pipeline/handle.ts';
import { createMatcher, partsOf } from '../../src/pipeline/matcher.ts';
import { describeMisses } from '../../src/pipeline/misses.ts';
import { admission, execution } from '../../src/pipeline/steps.ts';

const readme = await readFile(new URL('../../src/pipeline/README.md', import.meta.url), 'utf8');

const routes: readonly Route<Interaction>[] = [
  {
    ...{ method: 'GET', path: '/:type/:id', interaction: 'read', permission: 'r', parameters: [], conditions: [] },
    run: (_, { type, id }) => Promise.resolve({ status: 200, headers: {}, body: `${type} ${id}` }),
  },
];

/** Runs what the example does, with a token that has a scope. */
async function example(scope: string): Promise<string[]> {
  const policies = { current: () => undefined, fresh: () => undefined, faults: () => [], awaited: () => [] };
  const conformance = { isEnforced: false };
  const services = { stopwatch: () => 0, conformance, policies, unguarded: {} } as unknown as Services;
  const matcher = createMatcher(routes);
  const types = new Set(['Patient']);
  const pipeline = createPipeline(routes, {
    ...{
      matcher,
      types,
      misses: describeMisses(matcher, { types: [...types], baseUrl: 'https://fhir.test', operationsAt: () => [] }),
      largeWork: createWeightedSemaphore(1),
    },
    ...{ sink: undefined, takesRecords: undefined, recorder: undefined, log: undefined },
    ...{ clock: () => new Date(), services: () => services },
  });
  const token = { issuedAt: 0, subjects: [] };
  const access = accessOf({
    ...{ clientId: 'c', subject: 'c', scope, patient: undefined, fhirUser: undefined, policies: undefined },
    ...{ identifierTypes: [], positions: [], patientByRoles: false, trustsHealthWorkers: false, expiresAt: 1, token },
  });
  const bearer = { access, services: () => services };
  const budget = new Budget({ work: 1_000, bytes: 1_000, rows: 1_000, milliseconds: 1_000 }, 'request');

  const answers: string[] = [];
  pipeline.handle(
    { method: 'GET', path: '/Patient/1', ...partsOf('/Patient/1'), query: undefined, headers: {} },
    {
      authenticate: () => bearer,
      receive: (_, go) => void go({ body: undefined, budget }),
      answer: (_, { status, body }) => answers.push(`${status} ${String(body)}`),
      refuse: (_, error) => answers.push(String(error)),
    },
  );
  await new Promise((resolve) => setImmediate(resolve));
  return answers;
}

test('the example of the README is what this test runs', async () => {
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme)!;
  const own = await readFile(new URL(import.meta.url), 'utf8');
  const unindented = own.replace(/^ {2}/gm, '');
  assert.ok(block.length > 100);
  assert.ok(unindented.includes(block), block);
  assert.deepEqual(await example('system/Patient.r'), ['200 Patient 1']);
  const [refused, ...more] = await example('system/Observation.r');
  assert.match(refused!, /needs system\/Patient\.r/);
  assert.deepEqual(more, []);
});

test('the README names the steps in their order', () => {
  const named = [...readme.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(named, [...[...admission, ...execution].map(({ name }) => name), 'after']);
});
