/**
 * A page of a job is recorded by patient, type and action, with all versions: no record of a patient is changed without an audit record.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { baseUrl } from '../environment.ts';
import { fast } from '../jobs/pace.ts';
import { startAudited, type Audited, type Opened } from './audited.ts';

const folder = join(tmpdir(), `dhp-pages-${crypto.randomUUID()}`);
let server: Audited;
before(async () => {
  server = await startAudited({
    ...{ requireIfMatch: false, referenceIntegrity: 'enforce' },
    ...{ jobs: { pace: fast }, exports: { folder }, imports: { allowedHosts: [] } },
  });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const person = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, active: true, ...more });
const result = (id: string, of: string, more: object = {}): object => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  ...{ subject: { reference: `Patient/${of}` }, ...more },
});

interface Job {
  readonly path: string;
  readonly type: string;
  readonly scope: string;
  readonly body: string;
}

/** Runs a job to its end. @returns the audit records of its changes */
async function changedBy({ path, type, scope, body }: Job): Promise<Opened[]> {
  const before = (await server.records()).length;
  const token = await server.sso.token({ scope, client_id: 'loader', sub: 'loader' });
  const headers = { prefer: 'respond-async', 'content-type': type };
  const kickOff = await server.request('POST', path, { token, headers, body });
  assert.equal(kickOff.status, 202, kickOff.text);
  const place = (kickOff.headers.get('content-location') ?? '').slice(baseUrl.length);
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    await delay(270);
    const answer = await server.request('GET', place, { token });
    if ([202, 429, 503].includes(answer.status)) continue;
    assert.equal(answer.status, 200, answer.text);
    const all = (await server.records()).slice(before);
    return all.filter(({ content }) => ['C', 'U', 'D'].includes(String(content['action'])));
  }
  assert.fail('the job does not end');
}

function imported(...resources: readonly object[]): Promise<Opened[]> {
  const body = resources.map((each) => `${JSON.stringify(each)}\n`).join('');
  return changedBy({ path: '/$import', type: 'application/fhir+ndjson', scope: 'system/*.cruds', body });
}

/** Each record as `ACTION Type of PATIENT: versions`. */
function toldBy(records: readonly Opened[]): string[] {
  return records
    .map(({ content, sealed = {} }) => {
      const versions = (sealed['versions'] as string[] | undefined) ?? [
        `${String(sealed['id'])}/_history/${String(content['version'])}`,
      ];
      assert.equal(content['count'] ?? 1, versions.length);
      return `${String(content['action'])} ${String(content['type'])} of ${String(sealed['patient'])}: ${versions.sort().join(' ')}`;
    })
    .sort();
}

test('each patient, type and act has one record, with all versions that were stored', async () => {
  const records = await imported(
    { resourceType: 'Organization', id: 'o1', name: 'x' },
    { resourceType: 'Organization', id: 'o2', name: 'x' },
    person('p1'),
    person('p2', { link: [{ other: { reference: 'Patient/p1' }, type: 'seealso' }] }),
    result('r1', 'p1'),
    result('r2', 'p1'),
    result('r3', 'p2'),
    result('r4', 'p1', { performer: [{ reference: 'Patient/p2' }] }),
  );
  assert.deepEqual(toldBy(records), [
    'C Observation of p1: r1/_history/1 r2/_history/1 r4/_history/1',
    'C Observation of p2: r3/_history/1 r4/_history/1',
    'C Organization of undefined: o1/_history/1 o2/_history/1',
    'C Patient of p1: p1/_history/1 p2/_history/1',
    'C Patient of p2: p2/_history/1',
  ]);
  const pseudonyms = records.map(({ content, patient }) => `${String(content['type'])} ${patient ?? ''}`);
  assert.ok(pseudonyms.includes(`Observation ${server.pseudonym('p2')}`), 'it is found by the patient');
  for (const { content } of records) {
    assert.equal(content['client'], 'loader');
    assert.equal(content['outcome'], 'success');
    assert.ok(!/\bp1\b|\bp2\b|\br1\b/.test(JSON.stringify(content)), 'the part in clear names nobody');
  }
});

test('what is not changed is not recorded, and who was named before is told of an update', async () => {
  const records = await imported(result('r1', 'p1'), result('r2', 'p2'), result('r3', 'p2', { status: 'amended' }));
  assert.deepEqual(toldBy(records), [
    'U Observation of p1: r2/_history/2',
    'U Observation of p2: r2/_history/2 r3/_history/2',
  ]);
});

test('an AuditEvent has each of the versions, and the trail is whole', async () => {
  const officer = await server.sso.token({ scope: 'system/AuditEvent.rs dhp.audit', client_id: 'officer', sub: 'o' });
  const found = await server.request('GET', '/AuditEvent?patient=p1&action=C&_count=50', { token: officer });
  assert.equal(found.status, 200, found.text);
  const { entry } = found.json as {
    entry: { resource: { entity: { what?: { reference?: string }; detail?: { valueInteger?: number }[] }[] } }[];
  };
  const observations = entry.map(({ resource }) => resource.entity.flatMap(({ what }) => what?.reference ?? []));
  const [own] = observations.filter(([first]) => first?.startsWith('Observation/'));
  assert.deepEqual(
    own?.sort(),
    [1, 2, 4].map((n) => `Observation/r${String(n)}/_history/1`),
  );
  assert.match(found.text, /"text":"count"\},"valueInteger":3/);
  await server.cover();
  const { whole, broken } = await server.verify();
  assert.ok(whole, JSON.stringify(broken));
});

test('a deletion by a job is recorded for the patients whom the deleted versions name', async () => {
  const parameter = [
    { name: '_type', valueCode: 'Observation' },
    { name: 'mode', valueCode: 'delete' },
    { name: 'most', valueInteger: 10 },
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  const scope = 'system/*.cruds dhp.bulk-delete';
  const records = await changedBy({ path: '/$bulk-delete', type: 'application/fhir+json', scope, body });
  assert.deepEqual(toldBy(records), [
    'D Observation of p1: r1/_history/2 r4/_history/2',
    'D Observation of p2: r2/_history/3 r3/_history/3 r4/_history/2',
  ]);
});
