/** Repeated reads with one token while resources change: a cached decision must not outlive the version it was made for. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { openDecisionCache } from '../src/access/decision-cache.ts';
import type { GuardSettings, UnguardedStore } from '../src/access/guard-settings.ts';
import { createResourceAuthorizer } from '../src/access/resource-authorizer.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
const system = 'http://terminology.hl7.org/CodeSystem/observation-category';

before(async () => {
  server = await startServer({ healthWorkers: 'as-scoped' });
});
after(() => server.close());

function observation(id: string, category: string, patient = 'kept'): Record<string, unknown> {
  return {
    ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
    ...{ category: [{ coding: [{ system, code: category }] }], subject: { reference: `Patient/${patient}` } },
  };
}

/** Reads a path twice with one token. @returns the statuses */
async function twice(token: string, path: string): Promise<number[]> {
  const first = await server.request('GET', path, { token });
  const second = await server.request('GET', path, { token });
  return [first.status, second.status];
}

describe('a token for some resources of a type', () => {
  test('sees each version by its own content', async () => {
    const token = await server.sso.token({ scope: 'system/Observation.rs?category=laboratory' });
    const other = await server.sso.token({ scope: 'system/Observation.rs?category=vital-signs' });
    const path = '/Observation/turning';
    await server.write('PUT', '/Patient/kept', { resourceType: 'Patient', id: 'kept', name: [{ family: 'Karimova' }] });
    await server.write('PUT', path, observation('turning', 'laboratory'));
    assert.deepEqual(
      [await twice(token, path), await twice(other, path)],
      [
        [200, 200],
        [404, 404],
      ],
    );
    await server.write('PUT', path, observation('turning', 'vital-signs'), { 'if-match': 'W/"1"' });
    assert.deepEqual(
      [await twice(token, path), await twice(other, path)],
      [
        [404, 404],
        [200, 200],
      ],
    );
    await server.request('DELETE', path, { token: await server.sso.token({ scope: 'system/*.cruds' }) });
    assert.deepEqual(await twice(token, path), [404, 404], 'what was deleted was not within');
    await server.write('PUT', path, observation('turning', 'laboratory'));
    assert.deepEqual(await twice(token, path), [200, 200]);
  });

  test('sees what leads to another resource by what that is now', async () => {
    const token = await server.sso.token({ scope: 'system/Observation.rs?patient.family=Karimova' });
    await server.write('PUT', '/Observation/led', observation('led', 'laboratory'));
    assert.deepEqual(await twice(token, '/Observation/led'), [200, 200]);
    const renamed = { resourceType: 'Patient', id: 'kept', name: [{ family: 'Usmonova' }] };
    await server.write('PUT', '/Patient/kept', renamed, { 'if-match': 'W/"1"' });
    assert.deepEqual(await twice(token, '/Observation/led'), [404, 404]);
  });
});

test('decisions are of one version and one rule, and those kept first are forgotten', () => {
  const decisions = openDecisionCache(3);
  const [rule, other] = [{ op: 'all', of: [] } as const, { op: 'all', of: [] } as const];
  const version = (versionId: number, deleted = false): Parameters<typeof decisions.of>[0] => ({
    ...{ type: 'Patient', id: 'a', versionId, lastUpdated: new Date(versionId), deleted, content: Buffer.alloc(0) },
  });
  decisions.keep(version(1), rule, true);
  decisions.keep(version(2), rule, false);
  assert.deepEqual([decisions.of(version(1), rule), decisions.of(version(2), rule)], [true, false]);
  assert.equal(decisions.of(version(1), other), undefined);
  decisions.keep(version(4, true), rule, true);
  assert.equal(decisions.of(version(4, true), rule), undefined);
  decisions.keep(version(1), other, false);
  decisions.keep(version(3), rule, true);
  assert.equal(decisions.of(version(1), rule), undefined);
  assert.deepEqual([decisions.of(version(2), rule), decisions.of(version(3), rule)], [false, true]);
});

test('of more rules than are kept, those that came first are asked about anew', () => {
  const decisions = openDecisionCache(2);
  const rules = [0, 1, 2].map(() => ({ op: 'all', of: [] }) as const);
  const version = {
    ...{ type: 'Patient', id: 'a', versionId: 1, lastUpdated: new Date(1), deleted: false, content: Buffer.alloc(0) },
  };
  for (const rule of rules) decisions.keep(version, rule, true);
  assert.deepEqual(
    rules.toReversed().map((rule) => decisions.of(version, rule)),
    [true, true, undefined],
  );
});

test('a caller whose store was made before is decided about anew when the database is on another server', async () => {
  let cache = openDecisionCache();
  const rule = { op: 'id', any: ['a'] } as const;
  const settings = { rules: () => rule, timeZone: 'Asia/Tashkent', ownBases: [], decisions: () => cache };
  const authorizer = createResourceAuthorizer(
    { knownSearchParameters: () => ownParameters(0, []) } as unknown as UnguardedStore,
    settings as unknown as GuardSettings,
  );
  const version = (id: string): Parameters<typeof cache.of>[0] => ({
    ...{ type: 'Patient', id: 'a', versionId: 1, lastUpdated: new Date(1), deleted: false },
    content: Buffer.from(JSON.stringify({ resourceType: 'Patient', id })),
  });
  cache.keep(version('a'), rule, false);
  assert.equal(await authorizer.isVersionWithin(version('a'), rule), false);
  cache = openDecisionCache();
  assert.equal(await authorizer.isVersionWithin(version('a'), rule), true);
});
