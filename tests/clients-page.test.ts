/** docs/clients.md and the report of `npm run proof -- clients` list the installed clients and the documented refusals. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { judged, refusals } from './proof/clients/refusals.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
const page = read('docs/clients.md');
const report = read('docs/reports/proof-clients.md');
const [, table = ''] = /\n\| For [^\n]*\n\|[-| :]*\n([^]*?)\n\n/.exec(page) ?? [];
const named = [...table.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** They only support the others. */
const helpers = ['express', 'express-session', 'passport', 'openid-client-5'];
const ofNpm = Object.keys(
  (JSON.parse(read('tests/proof/clients/npm/package.json')) as { dependencies: object }).dependencies,
);
const ofMaven = ['fhir', 'oauth'].flatMap((place) =>
  [...read(`tests/proof/clients/java/${place}/pom.xml`).matchAll(/<artifactId>(.*)<\/artifactId>/g)].map(
    ([, name]) => name!,
  ),
);

describe('docs/clients.md', () => {
  test('names each client of npm that is installed', () => {
    assert.deepEqual(
      ofNpm.filter((name) => !helpers.includes(name) && !named.includes(name)),
      [],
    );
  });

  test('names no client that is not', () => {
    const known = new Set([...ofNpm, ...ofMaven, '-resource-server', 'FHIRToolingClient']);
    const debian = (name: string): boolean => name.startsWith('python3-');
    const unknown = named.filter((name) => !known.has(name.split(':').at(-1)!) && !debian(name));
    assert.deepEqual(unknown, []);
  });
});

describe('the list of refusals', () => {
  test('has none that the report does not have', () => {
    const plain = (text: string): string => text.replaceAll(/[\\_*\s]+/g, '');
    const missing = refusals.filter(({ because }) => !plain(report).includes(plain(because)));
    assert.deepEqual(
      missing.map(({ because }) => because),
      [],
    );
  });

  test('takes a refusal for one that says what to do alone, and a success for a fault', () => {
    const call = { client: 'any', version: '1', call: 'update without If-Match' };
    const outcome = (ok: boolean, said: string): string => judged({ ...call, ok, said }).outcome;
    assert.equal(outcome(false, 'If-Match is required to update Patient/1'), 'refused');
    assert.equal(outcome(false, 'something went wrong'), 'fault');
    assert.equal(outcome(true, ''), 'fault');
    assert.equal(judged({ ...call, call: 'update', ok: false, said: 'If-Match is required' }).outcome, 'fault');
  });
});
