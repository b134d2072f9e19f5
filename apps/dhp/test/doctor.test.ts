/** The judgements of `dhp doctor`, each at its limits; tests/doctor.test.ts asks a platform. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openDataDirectory } from '../src/data-directory.ts';
import type { Manifest } from '@dhp/postgres/backup';
import { judgeBackups } from '../src/doctor/backup-checks.ts';
import { judgeArchive, judgeDatabase, judgeServer } from '../src/doctor/database-checks.ts';
import type { DatabaseFacts, ServerFacts } from '../src/doctor/database-facts.ts';
import { checkFiles } from '../src/doctor/file-checks.ts';
import type { Finding } from '../src/doctor/finding.ts';
import { judgeKeys } from '../src/doctor/key-checks.ts';
import { certificatesOf, judgeCertificates, judgeReached } from '../src/doctor/network-checks.ts';
import { checkAddresses, checkData, checkProxy, checkSettings, judgeDisk } from '../src/doctor/node-checks.ts';
import type { SettingValues } from '../src/settings.ts';
import { accessKey, openObjectServer } from '../../../tests/object-storage/object-server.ts';

const goodServer: ServerFacts = {
  ...{
    version: 180_004,
    fsync: 'on',
    fullPageWrites: 'on',
    synchronousCommit: 'on',
    checksums: 'on',
    autovacuum: 'on',
  },
  ...{
    synchronousStandbys: '',
    confirmingStandbys: 0,
    seesAll: true,
    clockAhead: 40,
    clockDoubt: 2,
    lag: null,
    idleSlots: [],
  },
  ...{ archiveMode: 'on', archivedSeconds: 30, failedFile: null, failedSince: null },
};
const goodDatabase: DatabaseFacts = {
  ...{ oldest: { seconds: 0.2, pid: 7, name: 'dhp' }, preparedHours: null, invalidIndexes: [], bloated: [] },
  ...{ wraparound: 0.4, bytes: 1e9, connections: 12 },
};

/** `check level` of findings that are not well. */
function bad(findings: readonly Finding[]): string[] {
  for (const { level, found, cure } of findings) assert.equal(level === 'well', found === '' && cure === '');
  return findings.filter(({ level }) => level !== 'well').map(({ check, level }) => `${check} ${level}`);
}

const ofServer = (change: Partial<ServerFacts>): string[] => bad(judgeServer('db', { ...goodServer, ...change }));
const ofDatabase = (change: Partial<DatabaseFacts>, seesAll = true): string[] =>
  bad(judgeDatabase('dhp_sso', { ...goodDatabase, ...change }, seesAll));

describe('a database server', () => {
  test('that is well has no finding', () => {
    assert.deepEqual(ofServer({}), []);
    assert.deepEqual(bad(judgeArchive('db', goodServer, '/backups')), []);
  });
  for (const [change, expected] of [
    [{ version: 159_999 }, ['version fault']],
    [{ version: 160_000 }, []],
    [{ fsync: 'off' }, ['durability fault']],
    [{ fullPageWrites: 'off', synchronousCommit: 'off' }, ['durability fault', 'durability fault']],
    [{ synchronousCommit: 'remote_apply' }, []],
    [{ autovacuum: 'off' }, ['durability fault']],
    [{ checksums: 'off' }, ['durability warning']],
    [{ clockAhead: -2_001, clockDoubt: 0 }, ['clock warning']],
    [{ clockAhead: 2_400, clockDoubt: 500 }, []],
    [{ clockAhead: 12_000, clockDoubt: 1_000 }, ['clock fault']],
    [{ lag: 64 * 2 ** 20 }, ['replication warning']],
    [{ lag: 2 ** 30 }, ['replication fault']],
    [{ idleSlots: [{ name: 'gone', bytes: 2 ** 30 }] }, ['replication fault']],
    [{ idleSlots: [{ name: 'young', bytes: 2 ** 20 }] }, []],
    [{ synchronousStandbys: 'standby' }, ['replication fault']],
    [{ synchronousStandbys: 'standby', confirmingStandbys: 1, lag: 0 }, []],
  ] as const)
    test(JSON.stringify(change), () => assert.deepEqual(ofServer(change), expected));

  test('without an archive, and with one that fails', () => {
    assert.deepEqual(bad(judgeArchive('db', { ...goodServer, archiveMode: 'off' }, undefined)), ['archive warning']);
    const failing = { ...goodServer, failedFile: '00000001000000000000000A', failedSince: 600 };
    const [found] = judgeArchive('db', failing, '/backups');
    assert.equal(found!.level, 'fault');
    assert.match(found!.found, /not been archived for 10 min, at 00000001000000000000000A/);
  });
});

describe('a database', () => {
  for (const [change, expected] of [
    [{}, []],
    [{ oldest: null }, []],
    [{ oldest: { seconds: 61, pid: 9, name: 'psql' } }, ['transactions warning']],
    [{ oldest: { seconds: 600, pid: 9, name: 'psql' } }, ['transactions fault']],
    [{ preparedHours: 1.5 }, ['transactions fault']],
    [{ invalidIndexes: ['fhir.a', 'fhir.b'] }, ['indexes fault', 'indexes fault']],
    [{ bloated: [{ table: 'fhir.tok', percent: 61 }] }, ['bloat warning']],
    [{ wraparound: 1.5 }, ['bloat warning']],
    [{ wraparound: 4 }, ['bloat fault']],
  ] as const)
    test(JSON.stringify(change), () => assert.deepEqual(ofDatabase(change), expected));

  test('whose sessions the login may not see is told as not known', () => {
    assert.deepEqual(ofDatabase({ oldest: null }, false), ['transactions unknown']);
  });
});

describe('the settings of a node', () => {
  const production: SettingValues = { DHP_PRODUCTION: true, DHP_MAIL: { url: '' } as never };
  const urls = (base: string): SettingValues => ({
    ...{ DHP_SSO_URL: `${base}sso.example.uz`, DHP_PLAYGROUND_URL: `${base}play.example.uz/fhir` },
    ...{ DHP_PORTAL_URL: `${base}play.example.uz`, DHP_PRODUCTION_URL: `${base}fhir.example.uz` },
  });
  test('public addresses have TLS, and production has some', () => {
    assert.deepEqual(bad(checkAddresses({}, {})), []);
    assert.equal(bad(checkAddresses({ ...production }, {})).length, 4);
    assert.deepEqual(bad(checkAddresses({ ...production, ...urls('https://') }, {})), []);
    assert.deepEqual(
      new Set(bad(checkAddresses({ ...production, ...urls('http://') }, {}))),
      new Set(['addresses fault']),
    );
  });
  test('behind a proxy one is trusted, and nobody gets past it', () => {
    assert.deepEqual(bad(checkProxy({})), []);
    assert.deepEqual(bad(checkProxy(urls('https://'))), ['proxy fault']);
    assert.deepEqual(bad(checkProxy({ ...urls('https://'), DHP_TRUST_PROXY: () => true })), []);
    assert.deepEqual(bad(checkProxy({ DHP_TRUST_PROXY: () => true, DHP_HOST: '0.0.0.0' })), ['proxy warning']);
    assert.deepEqual(bad(checkProxy({ DHP_TRUST_PROXY: ['10.0.0.1'], DHP_HOST: '0.0.0.0' })), []);
    assert.deepEqual(bad(checkProxy({ DHP_METRICS_HOST: '10.1.2.3' })), ['proxy warning']);
  });
  test('weak ones are told, and letters that reach nobody', () => {
    assert.deepEqual(bad(checkSettings({}, [])), []);
    assert.deepEqual(bad(checkSettings({ DHP_PRODUCTION: true }, ['strange'])), [
      'settings warning',
      'settings warning',
    ]);
    assert.deepEqual(bad(checkSettings({ ...production, DHP_TRUST_PROXY: true }, [])), ['settings warning']);
  });
  test('the disk has room, in bytes, in percent and in files', () => {
    const of = (gib: number, share: number, files = 1): string[] =>
      bad(judgeDisk('/x', { bytes: gib * 2 ** 30, share, files }));
    assert.deepEqual(
      [of(100, 0.5), of(100, 0.14), of(4.9, 0.5), of(0.9, 0.5), of(40, 0.04), of(100, 0.5, 0.01)],
      [...[[], ['disk warning'], ['disk warning'], ['disk fault'], ['disk fault'], ['disk warning']]],
    );
  });
  test('the data directory and its secrets are closed to others', { skip: process.platform === 'win32' }, () => {
    const path = mkdtempSync(join(tmpdir(), 'dhp-doctor-'));
    try {
      const data = openDataDirectory(join(path, 'data'));
      data.secretKey();
      mkdirSync(data.database, { mode: 0o700 });
      writeFileSync(join(data.database, 'password'), 'x', { mode: 0o600 });
      const file = join(path, 'dhp.env');
      writeFileSync(file, '', { mode: 0o640 });
      const look = (settings: SettingValues = {}): string[] =>
        bad(checkData({ settings, data, given: { DHP_CONFIG: file } }));
      assert.deepEqual(look(), []);
      const key = join(path, 'bucket.key');
      writeFileSync(key, '', { mode: 0o640 });
      assert.deepEqual(look({ DHP_EXPORT_BUCKET_CREDENTIALS: key }), []);
      chmodSync(key, 0o644);
      assert.deepEqual(look({ DHP_EXPORT_BUCKET_CREDENTIALS: key }), ['data fault']);
      assert.deepEqual(look({ DHP_PRODUCTION: true }), ['data warning']);
      assert.deepEqual(look({ DHP_PRODUCTION: true, DHP_SECRET_KEY: Buffer.alloc(32) }), []);
      for (const [each, mode] of [
        [data.path, 0o750],
        [join(data.path, 'secret.key'), 0o644],
        [join(data.database, 'password'), 0o604],
        [file, 0o644],
      ] as const) {
        chmodSync(each, mode);
        assert.deepEqual(look(), ['data fault'], each);
        chmodSync(each, 0o600 | (each === data.path ? 0o100 : 0));
      }
    } finally {
      rmSync(path, { recursive: true });
    }
  });
});

test('the bucket for files of jobs is tried, and left as it was', async () => {
  const path = mkdtempSync(join(tmpdir(), 'dhp-doctor-'));
  const server = await openObjectServer({ bucket: 'exports' });
  const key = join(path, 'key');
  writeFileSync(key, `aws_access_key_id=${accessKey.id}\naws_secret_access_key=${accessKey.secret}\n`);
  const settings: SettingValues = {
    DHP_EXPORT_BUCKET: { endpoint: server.endpoint, bucket: 'exports', prefix: '' },
    DHP_EXPORT_BUCKET_CREDENTIALS: key,
  };
  const look = async (change: SettingValues = {}): Promise<readonly Finding[]> =>
    checkFiles({ settings: { ...settings, ...change } });
  try {
    assert.deepEqual(bad(await look()), []);
    assert.deepEqual(new Set(server.asked), new Set(['put', 'get', 'list', 'remove']));
    assert.equal(server.objects.size, 0);
    for (const operation of ['put', 'get', 'list', 'remove'])
      for (const code of ['AccessDenied', 'NoSuchBucket']) {
        server.fault = (asked) => (asked === operation ? { status: 403, code } : undefined);
        const found = await look();
        assert.deepEqual(bad(found), ['files fault'], operation);
        assert.match(found[0]!.found, new RegExp(code));
      }
    server.fault = () => undefined;
    server.objects.clear();
    server.isPublic = true;
    assert.deepEqual(bad(await look()), ['files fault']);
    server.isPublic = false;
    assert.deepEqual(bad(await look({ DHP_EXPORT_BUCKET_REGION: 'eu-central-1' })), ['files fault']);
    assert.deepEqual(bad(await look({ DHP_EXPORT_BUCKET_CREDENTIALS: join(path, 'none') })), ['files fault']);
    assert.deepEqual(bad(await checkFiles({ settings: { DHP_EXPORT_BUCKET: settings.DHP_EXPORT_BUCKET! } })), [
      'files fault',
    ]);
    assert.deepEqual(await checkFiles({ settings: {} }), []);
  } finally {
    await server.close();
    rmSync(path, { recursive: true });
  }
});

test('keys that sign too long are told by the interval of their rotation', () => {
  const now = Date.parse('2026-11-30T00:00:00Z');
  const of = (days: number, settings: SettingValues = {}): string[] =>
    bad(judgeKeys([{ alg: 'ES256', signsFrom: new Date(now - days * 86_400_000) }], settings, now));
  assert.deepEqual([of(92), of(93), of(93, { DHP_KEY_ROTATION_DAYS: 100 })], [[], ['keys fault'], []]);
  assert.deepEqual(
    [of(365, { DHP_KEY_ROTATION_DAYS: 0 }), of(366, { DHP_KEY_ROTATION_DAYS: 0 })],
    [[], ['keys warning']],
  );
});

test('servers are reached, ready, and of this installation', () => {
  const sso = {
    name: 'sso',
    url: 'https://sso.example.uz',
    state: 'ready',
    isReached: true,
    issuer: 'https://sso.example.uz',
  };
  assert.deepEqual(bad(judgeReached([sso])), []);
  assert.deepEqual(bad(judgeReached([{ ...sso, issuer: 'https://other.example.uz' }])), ['addresses fault']);
  assert.deepEqual(bad(judgeReached([{ ...sso, state: 'degraded' }])), ['addresses fault']);
  assert.deepEqual(bad(judgeReached([{ ...sso, isReached: false, state: 'ECONNREFUSED' }])), ['addresses warning']);
});

test('certificates are judged by their last day, and by whether a client takes them', async () => {
  const now = Date.parse('2026-11-30T00:00:00Z');
  const of = (days: number, distrust?: string): string[] =>
    bad(
      judgeCertificates(
        [{ host: 'a:443', ends: new Date(now + days * 86_400_000), ...(distrust && { distrust }) }],
        now,
      ),
    );
  assert.deepEqual(
    [of(21), of(20), of(6), of(-1)],
    [[], ['certificates warning'], ['certificates fault'], ['certificates fault']],
  );
  assert.deepEqual(of(90, 'self-signed certificate'), ['certificates fault']);
  // If nothing listens there is no answer to judge; the address is reported separately.
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  assert.deepEqual(await certificatesOf({ sso: url, playground: 'http://127.0.0.1:1', portal: url }), []);
  await new Promise((resolve) => server.close(resolve));
});

test('backups are made every day', () => {
  const now = Date.parse('2026-11-30T00:00:00Z');
  const of = (hours: number): string[] =>
    bad(judgeBackups('/backups', [{ ended: new Date(now - hours * 3_600_000).toISOString() } as Manifest], now));
  assert.deepEqual([of(25), of(26), of(7 * 24)], [[], ['backup warning'], ['backup fault']]);
  assert.deepEqual(bad(judgeBackups('/backups', [], now)), ['backup fault']);
});
