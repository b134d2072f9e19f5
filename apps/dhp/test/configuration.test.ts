import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { documentFile, withSettingsTable } from '../src/configuration-doc.ts';
import { readSettings } from '../src/configuration.ts';
import { bucketOf } from '../src/fhir-options.ts';
import { ConfigurationError } from '../src/settings/setting.ts';
import { settingWarnings } from '../src/settings/warnings.ts';

const folder = mkdtempSync(join(tmpdir(), 'dhp-configuration-'));
after(() => rmSync(folder, { recursive: true }));

function problem(environment: Record<string, string>): string {
  try {
    readSettings(environment, folder);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.message;
  }
  return assert.fail(`accepted ${JSON.stringify(environment)}`);
}

describe('settings', () => {
  test('are read with their types', () => {
    const settings = readSettings(
      {
        DHP_PORT: '8181',
        DHP_PRODUCTION: 'on',
        DHP_BODY_LIMIT: '2MiB',
        DHP_SSO_URL: 'https://sso.example.uz',
        DHP_ROLE: 'portal, sso',
        DHP_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
        UNRELATED: 'x',
      },
      folder,
    );
    assert.equal(settings.DHP_PORT, 8181);
    assert.equal(settings.DHP_PRODUCTION, true);
    assert.equal(settings.DHP_BODY_LIMIT, 2 * 1024 ** 2);
    assert.equal(settings.DHP_SSO_URL, 'https://sso.example.uz');
    assert.deepEqual(settings.DHP_ROLE, ['sso', 'portal']);
    assert.deepEqual(settings.DHP_SECRET_KEY, Buffer.alloc(32, 7));
    assert.equal(settings.DHP_HOST, undefined);
  });

  test('say which proxies are trusted', () => {
    const trusted = (text: string): unknown => readSettings({ DHP_TRUST_PROXY: text }, folder).DHP_TRUST_PROXY;
    assert.equal(trusted('on'), true);
    assert.deepEqual(trusted('10.0.0.0/8, ::1'), ['10.0.0.0/8', '::1']);
    const hops = trusted('2') as (address: string, hop: number) => boolean;
    assert.deepEqual(
      [0, 1, 2].map((hop) => hops('192.0.2.1', hop)),
      [true, true, false],
    );
  });

  test('say which bucket has the files of jobs, and where its key is', () => {
    const bucket = (text: string): unknown => readSettings({ DHP_EXPORT_BUCKET: text }, folder).DHP_EXPORT_BUCKET;
    const endpoint = 'https://s3.example.uz:9000';
    assert.deepEqual(bucket(`${endpoint}/exports`), { endpoint, bucket: 'exports', prefix: '' });
    assert.deepEqual(bucket(`${endpoint}/exports/a/b.c`), { endpoint, bucket: 'exports', prefix: 'a/b.c' });
    assert.deepEqual(bucket('http://localhost:9000/exports'), {
      ...{ endpoint: 'http://localhost:9000', bucket: 'exports', prefix: '' },
    });
    for (const wrong of [
      's3://exports',
      'http://s3.example.uz/exports',
      endpoint,
      `${endpoint}/exports/`,
      `${endpoint}/exports//a`,
      `${endpoint}/exports/%2e%2e/a`,
      `${endpoint}/exports?x=1`,
      'https://key:the-secret@s3.example.uz/exports',
    ]) {
      const told = problem({ DHP_EXPORT_BUCKET: wrong });
      assert.match(told, /^DHP_EXPORT_BUCKET=… /);
      assert.ok(!told.includes('the-secret'));
    }
    const settings = readSettings({ DHP_EXPORT_BUCKET: `${endpoint}/exports/dhp` }, folder);
    assert.throws(() => bucketOf(settings, 'playground'), ConfigurationError);
    const made = bucketOf({ ...settings, DHP_EXPORT_BUCKET_CREDENTIALS: '/etc/dhp/key' }, 'production');
    const same = { endpoint, bucket: 'exports', prefix: 'dhp/production/', region: 'us-east-1' };
    assert.deepEqual(made, { ...same, credentials: '/etc/dhp/key' });
    const lost = { DHP_EXPORT_BUCKET_CREDENTIALS: '/etc/dhp/key', DHP_EXPORT_BUCKET_CA: join(folder, 'lost.pem') };
    assert.throws(() => bucketOf({ ...settings, ...lost }, 'production'), {
      name: 'ConfigurationError',
      message: /^DHP_EXPORT_BUCKET_CA=\S+lost\.pem cannot be read: ENOENT/,
    });
  });

  test('that are set to nothing count as not set', () => {
    assert.equal(readSettings({ DHP_PORT: '' }, folder).DHP_PORT, undefined);
  });

  const wrong: [string, string, RegExp][] = [
    ['DHP_PORT', '99999', /DHP_PORT=99999 is not a port number/],
    ['DHP_PORT', '80a', /is not a port number/],
    ['DHP_PRODUCTION', 'yes', /DHP_PRODUCTION=yes must be on or off/],
    ['DHP_SSO_URL', 'https://sso.example.uz/', /must not end with a slash/],
    ['DHP_SSO_URL', 'sso.example.uz', /is not an absolute URL/],
    ['DHP_SSO_URL', 'ftp://sso.example.uz', /must begin with https/],
    ['DHP_SSO_URL', 'https://SSO.example.uz', /normal form, https:\/\/sso\.example\.uz/],
    ['DHP_PLAYGROUND_URL', 'https://x.uz/fhir?a=b', /must not have a query/],
    ['DHP_PLAYGROUND_URL', 'https://u:p@x.uz/fhir', /must not contain a user name/],
    ['DHP_DEFAULT_LANGUAGE', 'de', /must be one of uz, ru, en/],
    ['DHP_TIME_ZONE', 'Mars/Olympus', /is not a time zone/],
    ['DHP_BODY_LIMIT', '64MB', /is not a size/],
    ['DHP_ROLE', 'sso,worker', /names the role "worker"/],
    ['DHP_CORS_ORIGINS', 'https://a.uz,https://b.uz/', /names "https:\/\/b\.uz\/", which is not an origin/],
    ['DHP_TRUST_PROXY', 'proxy.example.uz', /neither an IP address nor a network/],
    ['DHP_TRUST_PROXY', '10.0.0.0/64', /neither an IP address nor a network/],
    ['DHP_SSO_CLIENT_RATE', 'fast', /is not a whole number/],
    ['DHP_SEED_PATIENTS', '-1', /is not a whole number/],
    ['DHP_SESSION_LIMITS', 'patients=8h', /has "patients=8h": write a group or role/],
    ['DHP_SESSION_LIMITS', 'patients=8h/12h,doctors=2m/1h', /has "doctors=2m\/1h"/],
    ['DHP_SESSION_LIMITS', 'patients=12h/8h', /has "patients=12h\/8h"/],
    ['DHP_SESSION_LIMITS', 'Doctor=1h/2h', /has "Doctor=1h\/2h"/],
    ['DHP_KAFKA_URL', 'kafka://kafka.example.uz:9092', /is not like tls:\/\/kafka\.example\.uz:9093/],
    ['DHP_KAFKA_URL', 'kafka://localhost:9092,tls://kafka.example.uz:9093', /all brokers begin alike/],
    ['DHP_KAFKA_URL', 'tls://kafka.example.uz:9093/topic', /is not like tls:/],
    ['DHP_KAFKA_SASL', 'GSSAPI', /must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/],
    ['DHP_KAFKA_TOPIC', 'changes of all', /is not the beginning of the name of a topic/],
    ['DHP_KAFKA_KEY', 'key.pem', /^DHP_KAFKA_KEY needs DHP_KAFKA_CERTIFICATE beside it/],
    ['DHP_SUBSCRIPTION_CERTIFICATE', 'own.pem', /^DHP_SUBSCRIPTION_CERTIFICATE needs DHP_SUBSCRIPTION_KEY beside it/],
    ['DHP_PROT', '8080', /DHP_PROT is not a setting; did you mean DHP_PORT\?$/],
    ['DHP_PORTS', '8080', /DHP_PORTS is not a setting; did you mean DHP_PORT\?$/],
    [
      'DHP_PORT',
      'tcp://10.0.0.7:8080',
      /DHP_PORT=tcp:.*Kubernetes sets it for a Service named dhp\. Set enableServiceLinks: false/,
    ],
    ['DHP_SSO_PORT', 'tcp://10.0.0.7:9000', /Kubernetes sets it for a Service named dhp-sso\./],
    ['DHP_PRODUCTION_PORT', 'udp://10.0.0.7:9', /Kubernetes sets it for a Service named dhp-production\./],
  ];
  for (const [name, value, sentence] of wrong) {
    test(`${name}=${value} stops the start with a sentence`, () => assert.match(problem({ [name]: value }), sentence));
  }

  const ignored: [name: string, value: string, warning: RegExp][] = [
    [
      'DHP_SERVICE_HOST',
      '10.0.0.7',
      /^DHP_SERVICE_HOST is not a setting and is ignored; Kubernetes .* Service named dhp\. Set /,
    ],
    ['DHP_SERVICE_PORT', '8080', /Kubernetes sets it for a Service named dhp\./],
    ['DHP_SERVICE_PORT_HTTP', '8080', /Kubernetes sets it for a Service named dhp\./],
    ['DHP_PORT_8080_TCP', 'tcp://10.0.0.7:8080', /Kubernetes sets it for a Service named dhp\./],
    ['DHP_PORT_8080_TCP_ADDR', '10.0.0.7', /Kubernetes sets it for a Service named dhp\./],
    ['DHP_WEB_SERVICE_HOST', '10.0.0.7', /Kubernetes sets it for a Service named dhp-web\./],
    ['DHP_WEB_PORT', 'tcp://10.0.0.7:80', /Kubernetes sets it for a Service named dhp-web\./],
    [
      'DHP_IMAGE_TAG',
      'v1',
      /^DHP_IMAGE_TAG is not a setting and is ignored; docs\/configuration\.md lists them all\.$/,
    ],
    ['DHP_PROD', 'on', /^DHP_PROD is not a setting and is ignored; did you mean DHP_\w+\?$/],
  ];
  for (const [name, value, warning] of ignored) {
    test(`${name}=${value} is ignored with a warning`, () => {
      const warnings: string[] = [];
      readSettings({ [name]: value, DHP_CONFIG: '', DHP_TEST_CONCURRENCY: '1' }, folder, (one) => warnings.push(one));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, warning);
    });
  }

  test('with secrets are not repeated in the sentence', () => {
    assert.doesNotMatch(problem({ DATABASE_URL: 'mysql://root:hunter2@x/y' }), /hunter2/);
    assert.doesNotMatch(problem({ DHP_SECRET_KEY: 'hunter2' }), /hunter2/);
    for (const name of ['DHP_NATS_URL', 'DHP_KAFKA_URL'])
      assert.doesNotMatch(problem({ [name]: 'tls://dhp:hunter2@x/y' }), /hunter2/);
  });

  test('name every problem at once', () => {
    assert.equal(problem({ DHP_PORT: 'x', DHP_PRODUCTION: 'maybe' }).split('\n').length, 2);
  });

  test('may come from a file; the environment wins', () => {
    writeFileSync(join(folder, 'dhp.env'), 'DHP_PORT=8181\nDHP_SSO_PORT=9191 # beside\n');
    const settings = readSettings({ DHP_PORT: '8282' }, folder);
    assert.equal(settings.DHP_PORT, 8282);
    assert.equal(settings.DHP_SSO_PORT, 9191);
    writeFileSync(join(folder, 'dhp.env'), 'PORT=1\n');
    assert.match(problem({}), /dhp\.env: PORT is not a setting/);
    rmSync(join(folder, 'dhp.env'));
    assert.match(problem({ DHP_CONFIG: 'absent.env' }), /names a file that does not exist/);
    assert.match(problem({ DHP_CONFIG: '.' }), /^The settings in .* cannot be read: EISDIR/);
    assert.equal(readSettings({ DHP_CONFIG: '' }, folder).DHP_PORT, undefined);
  });
});

describe('settings that weaken the installation are warned of', () => {
  const weak: [environment: Record<string, string>, warning: RegExp | undefined][] = [
    [{}, undefined],
    [{ DHP_TRUST_PROXY: '1' }, undefined],
    [{ DHP_TRUST_PROXY: '10.0.0.0/8' }, undefined],
    [{ DHP_TRUST_PROXY: 'on' }, /^DHP_TRUST_PROXY=on believes the first address/],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp' }, undefined],
    [{ DATABASE_URL: 'postgres://u:geheim@127.0.0.1/dhp?sslmode=disable' }, undefined],
    [{ DATABASE_URL: 'postgres://u:geheim@/dhp?host=/run&sslmode=disable' }, undefined],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp?sslmode=disable' }, /sslmode=disable: .* unencrypted/],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp?sslmode=prefer' }, /sslmode=prefer: .* only if/],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp?sslmode=allow' }, /sslmode=allow: .* only if/],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp?sslmode=require' }, /sslmode=require: .* not verified/],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp?sslmode=require&sslrootcert=ca.pem' }, undefined],
    [{ DATABASE_URL: 'postgres://u:geheim@db/dhp?sslmode=verify-ca' }, undefined],
  ];
  for (const [environment, warning] of weak) {
    test(JSON.stringify(environment), () => {
      const warnings = settingWarnings(readSettings(environment, folder));
      assert.equal(warnings.length, warning === undefined ? 0 : 1);
      if (warning !== undefined) assert.match(warnings[0]!, warning);
      assert.doesNotMatch(warnings.join(''), /geheim/);
    });
  }
});

test('docs/configuration.md tells of the settings as they are', async () => {
  const document = readFileSync(documentFile, 'utf8');
  const style = await resolveConfig(documentFile);
  assert.equal(document, await format(withSettingsTable(document), { ...style, parser: 'markdown' }));
});
