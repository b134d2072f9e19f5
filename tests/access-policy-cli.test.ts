/** `dhp policy check|try|activate|rollback|versions|text`, with no platform running: the document of an operator, tried and put into force. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startEmbedded, type EmbeddedPostgres } from '@dhp/postgres';
import { openHome, type Home } from './platform.ts';

let place: Home;
let server: EmbeddedPostgres;
const folder = mkdtempSync(join(tmpdir(), 'dhp-policies-'));
before(async () => {
  place = await openHome({ begins: 'migrated', programs: 'kept' });
  // Otherwise each command would start and stop it, as those of client-cli.test.ts do.
  server = await startEmbedded({ directory: join(place.data, 'postgres') });
});
after(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
  await place.close();
});

const rule = { name: 'laboratory', effect: 'permit', who: { client: ['lab'] }, types: ['Observation'] };
const policies = {
  others: 'as-scoped',
  rules: [{ ...rule, interactions: ['read', 'search'], criteria: 'category=laboratory' }],
};

function written(name: string, document: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

test('a wrong document is told of by place and cure, in the language that is asked for, and changes nothing', async () => {
  const wrong = written('wrong.json', {
    others: 'as-scoped',
    rules: [{ ...policies.rules[0], criteria: 'categori=x' }],
  });
  const told = await place.run(['policy', 'check', wrong]);
  assert.equal(told.code, 2);
  assert.match(told.stderr, /rules\[0\]\.criteria is no search of Observation: .*categori/);
  assert.match(
    (await place.run(['policy', 'check', wrong, '--language', 'uz'])).stderr,
    /rules\[0\]\.criteria: bu Observation/,
  );
  assert.equal((await place.run(['policy', 'activate', wrong])).code, 2);
  assert.equal((await place.run(['policy', 'check', join(folder, 'none.json')])).code, 2);
});

test('a document is tried, put into force, listed, printed and taken back', async () => {
  await place.json(['client', 'create', '--name', 'Lab', '--client-id', 'lab', '--scope', 'system/*.rs']);
  await place.json(['client', 'create', '--name', 'Other', '--client-id', 'other', '--scope', 'system/*.rs']);
  const file = written('policies.json', policies);
  const { losses, changes } = await place.json<Tried>(['policy', 'try', file]);
  assert.deepEqual(changes.added, ['laboratory']);
  assert.deepEqual(new Set(losses.map(({ client }) => client)), new Set(['lab']));
  const part = losses
    .filter(({ types }) => types === 'Observation')
    .map(({ interaction, left }) => [interaction, left]);
  const left = 'only category=laboratory';
  assert.deepEqual(part.sort(), [
    ['read', left],
    ['search', left],
  ]);
  assert.equal((await place.json<Versions>(['policy', 'versions'])).inForce, null, 'a try changes nothing');

  assert.deepEqual(await place.json(['policy', 'activate', file, '--reason', 'order 12']), { version: 1 });
  const { inForce, versions } = await place.json<Versions>(['policy', 'versions']);
  assert.deepEqual([inForce, versions.map(({ version, reason }) => [version, reason])], [1, [[1, 'order 12']]]);
  assert.deepEqual(JSON.parse((await place.run(['policy', 'text'])).stdout), policies);
  assert.deepEqual((await place.json<Tried>(['policy', 'try', file])).losses, [], 'nobody loses what is gone already');

  assert.equal((await place.run(['policy', 'rollback', '--version', '7'])).code, 2);
  assert.deepEqual(await place.json(['policy', 'rollback']), { version: null });
  assert.deepEqual(await place.json(['policy', 'rollback', '--version', '1']), { version: 1 });
  assert.deepEqual(await place.json(['policy', 'rollback', '--none']), { version: null });
});

test('activation says that consents take effect later than the rest', async () => {
  const file = written('consents.json', { ...policies, consent: 'enforced' });
  const { stdout } = await place.run(['policy', 'activate', file, '--reason', 'consents']);
  assert.match(stdout, /in force\.\nConsents are enforced once a server has read those that were stored before/);
  await place.json(['policy', 'rollback', '--none']);
});

test('activation refuses labels of a value set that is not known, and says that others take effect later', async () => {
  const labelled = (rule: object): string =>
    written('labels.json', {
      ...policies,
      labels: { rules: [{ name: 'hiv', labels: ['urn:l|HIV'], ...rule }], clearances: [] },
    });
  const refused = await place.run(['policy', 'activate', labelled({ valueSets: ['urn:none'] }), '--reason', 'labels']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /The value set urn:none is not known: no code has its labels\./);
  const { stdout } = await place.run(['policy', 'activate', labelled({ codes: ['urn:c|x'] }), '--reason', 'labels']);
  assert.match(stdout, /in force\.\nLabelled records are hidden once a server has labelled what was stored before/);
  assert.match((await place.run(['policy', 'labels'])).stdout, /^There are no labels: .* no server has read them yet/);
  assert.equal(await place.json(['policy', 'labels']), null);
  await place.json(['policy', 'rollback', '--none']);
});

test('activation says that care binds later, too', async () => {
  const file = written('care.json', { ...policies, care: { roles: ['family-doctor'] } });
  const { stdout } = await place.run(['policy', 'activate', file, '--reason', 'care']);
  assert.match(stdout, /in force\.\nRules of care apply once a server has read what was stored before/);
  await place.json(['policy', 'rollback', '--none']);
});

test('emergencies are listed and reviewed', async () => {
  assert.deepEqual(await place.json(['glass', 'list']), { glass: [] });
  const review = ['glass', 'review', '7', '--reason', 'seen by the ward'];
  assert.match(
    (await place.run([...review, '--verdict', 'fine'])).stderr,
    /--verdict justified or --verdict unjustified/,
  );
  const { code, stderr } = await place.run([...review, '--verdict', 'justified']);
  assert.deepEqual([code, /There is no case 7 to review/.test(stderr)], [2, true], stderr);
});

test('an operator is told whether a client or a person may read something, and what refuses it', async () => {
  const file = written('explained.json', policies);
  await place.json(['policy', 'activate', file, '--reason', 'a test']);
  const explain = async (...words: string[]): Promise<Explained> => place.json(['policy', 'explain', ...words]);
  const says = ({ factors }: Explained): unknown => Object.fromEntries(factors.map((one) => [one.factor, one.says]));
  const lab = await explain('Condition/7', '--client', 'lab');
  assert.deepEqual(says(lab), { ...(says(lab) as object), scopes: 'leaves', 'access-policies': 'refuses-type' });
  assert.deepEqual(lab.policies.rules, ['laboratory']);
  const other = await explain('Condition/7', '--client', 'other');
  assert.deepEqual(says(other), { ...(says(other) as object), scopes: 'leaves', 'access-policies': 'leaves' });
  const person = ['--client', 'other', '--user', 'nobody'];
  for (const wrong of [
    ['Condition/7'],
    ['Condition', '--client', 'lab'],
    ['Condition/7', '--client', 'none'],
    ['Condition/7', ...person],
  ])
    assert.equal((await place.run(['policy', 'explain', ...wrong])).code, 2, wrong.join(' '));
  const { stdout } = await place.run(['policy', 'explain', 'Condition/7', '--client', 'lab']);
  assert.match(
    stdout,
    /^Condition\/7: there is no such record\.\n[\s\S]*access-policies +refuses the whole type +laboratory/,
  );
  await place.json(['user', 'create', 'aziza', '--name', 'Aziza Karimova', '--practitioner', 'pr-1']);
  const aziza = await explain('Patient/1', '--client', 'other', '--user', 'aziza', '--search');
  assert.equal(
    (says(aziza) as Record<string, string>)['scopes'],
    'refuses-type',
    'a scope of the client is not of the person',
  );
  await place.json(['policy', 'rollback', '--none']);
});

interface Explained {
  readonly factors: readonly { readonly factor: string; readonly says: string }[];
  readonly policies: { readonly rules: readonly string[] };
}

interface Tried {
  readonly changes: { readonly added: readonly string[] };
  readonly losses: readonly Readonly<Record<string, string>>[];
}

interface Versions {
  readonly inForce: number | null;
  readonly versions: readonly { readonly version: number; readonly reason: string }[];
}
