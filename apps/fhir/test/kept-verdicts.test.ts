/** What one token may read, asked again and again while the resources change: what was found before must not outlive it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openVerdicts } from '../src/access/verdicts.ts';
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

/** Reads a path twice by one token. @returns the statuses */
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

test('verdicts are of one version and one rule, and those kept first are forgotten', () => {
  const verdicts = openVerdicts(3);
  const [rule, other] = [{ op: 'all', of: [] } as const, { op: 'all', of: [] } as const];
  const version = (versionId: number, deleted = false): Parameters<typeof verdicts.of>[0] => ({
    ...{ type: 'Patient', id: 'a', versionId, lastUpdated: new Date(versionId), deleted, content: Buffer.alloc(0) },
  });
  verdicts.keep(version(1), rule, true);
  verdicts.keep(version(2), rule, false);
  assert.deepEqual([verdicts.of(version(1), rule), verdicts.of(version(2), rule)], [true, false]);
  assert.equal(verdicts.of(version(1), other), undefined);
  verdicts.keep(version(4, true), rule, true);
  assert.equal(verdicts.of(version(4, true), rule), undefined);
  verdicts.keep(version(1), other, false);
  verdicts.keep(version(3), rule, true);
  assert.equal(verdicts.of(version(1), rule), undefined);
  assert.deepEqual([verdicts.of(version(2), rule), verdicts.of(version(3), rule)], [false, true]);
});
