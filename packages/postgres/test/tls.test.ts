/** Connections with TLS to a real PostgreSQL that offers it, and to one that does not. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { selfSigned } from '../../../tests/checklist/certificate.ts';
import { connect, databaseUrl, ensureDatabase, startEmbedded, type EmbeddedPostgres } from '../src/index.ts';
import { tlsAdvice } from '../src/tls.ts';

/**
 * getaddrinfo reads it as 127.0.0.1, but its text is not a loopback address: it simulates a server on another machine, which a test could
 * not have without a name server. Node does not accept it as a name in a certificate, so if a connection must succeed, `localhost` is
 * verified instead.
 */
const remote = '127.1';

const files = mkdtempSync(join(tmpdir(), 'dhp-tls-'));
const rootFile = join(files, 'root.pem');
const strangerFile = join(files, 'stranger.pem');

let secure: EmbeddedPostgres;
let plain: EmbeddedPostgres;
before(async () => {
  const { key, cert } = selfSigned('localhost');
  writeFileSync(rootFile, cert);
  writeFileSync(strangerFile, selfSigned('localhost').cert);
  const directory = mkdtempSync(join(tmpdir(), 'dhp-test-tls-'));
  writeFileSync(join(directory, 'server.crt'), cert);
  writeFileSync(join(directory, 'server.key'), key, { mode: 0o600 });
  chmodSync(join(directory, 'server.key'), 0o600);
  const settings = { shared_buffers: '16MB', fsync: 'off', io_method: 'sync' };
  const tls = { ssl: 'on', ssl_cert_file: join(directory, 'server.crt'), ssl_key_file: join(directory, 'server.key') };
  [secure, plain] = await Promise.all([
    startEmbedded({ directory, temporary: true, settings: { ...settings, ...tls } }),
    startEmbedded({ directory: mkdtempSync(join(tmpdir(), 'dhp-test-tls-')), temporary: true, settings }),
  ]);
});
after(async () => {
  await Promise.all([secure.stop(), plain.stop()]);
  rmSync(files, { recursive: true });
});

function urlOf(server: EmbeddedPostgres, host: string, query = ''): string {
  const { username, password } = new URL(server.url);
  return `postgres://${username}:${password}@${host}:${String(server.port)}/postgres${query}`;
}

/** Whether the session is encrypted, as the server sees it; otherwise the code of the error. */
async function encryption(url: string): Promise<boolean | string> {
  const sql = connect(url, { max: 1 });
  try {
    const [row] = await sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    return row!.ssl;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const selfSignedCode = 'DEPTH_ZERO_SELF_SIGNED_CERT';
const wrongName = 'ERR_TLS_CERT_ALTNAME_INVALID';
const root = (): string => encodeURIComponent(rootFile);
const stranger = (): string => encodeURIComponent(strangerFile);

describe('a server with TLS', () => {
  const cases: [host: string, query: () => string, outcome: boolean | string][] = [
    ['127.0.0.1', () => '', false],
    ['localhost', () => '', false],
    [remote, () => '', selfSignedCode],
    [remote, () => `?sslrootcert=${root()}`, wrongName],
    [remote, () => `?sslrootcert=${stranger()}`, selfSignedCode],
    [remote, () => '?sslrootcert=system', selfSignedCode],
    [remote, () => '?ssl=true', selfSignedCode],
    [remote, () => '?sslmode=verify-full', selfSignedCode],
    [remote, () => `?sslmode=verify-full&sslrootcert=${root()}`, wrongName],
    [remote, () => '?sslmode=verify-ca', selfSignedCode],
    [remote, () => `?sslmode=verify-ca&sslrootcert=${root()}`, true],
    [remote, () => '?sslmode=require', true],
    [remote, () => `?sslmode=require&sslrootcert=${stranger()}`, selfSignedCode],
    [remote, () => '?sslmode=prefer', true],
    [remote, () => '?sslmode=allow', true],
    [remote, () => '?sslmode=disable', false],
    ['localhost', () => `?sslrootcert=${root()}`, true],
    ['localhost', () => `?sslmode=verify-full&sslrootcert=${root()}`, true],
    ['localhost', () => '?sslmode=require', true],
    ['127.0.0.1', () => `?sslmode=verify-full&sslrootcert=${root()}`, wrongName],
    ['127.0.0.1', () => `?sslmode=verify-ca&sslrootcert=${root()}`, true],
  ];
  for (const [host, query, outcome] of cases) {
    it(`${host}${query().replace(/sslrootcert=%2F\S*%2F/, 'sslrootcert=')}: ${String(outcome)}`, async () =>
      assert.equal(await encryption(urlOf(secure, host, query())), outcome));
  }

  it('keeps its protection for the databases beside the named one', async () => {
    const url = await ensureDatabase(urlOf(secure, 'localhost', `?sslrootcert=${root()}`), 'beside');
    assert.equal(await encryption(url), true);
  });

  it('is refused with advice, and a file that cannot be read is named', async () => {
    const error = await ensureDatabase(urlOf(secure, remote), 'beside').then(
      () => undefined,
      (refused: unknown) => refused,
    );
    assert.match(tlsAdvice(error) ?? '', /sslrootcert=FILE in DATABASE_URL/);
    assert.throws(
      () => connect(urlOf(secure, remote, '?sslrootcert=/nowhere.pem')),
      /sslrootcert=\/nowhere\.pem, which cannot be read/,
    );
  });
});

describe('a server without TLS', () => {
  it('gets no password unless the URL allows it', async () => {
    for (const mode of ['require', 'verify-ca', 'verify-full'])
      assert.equal(await encryption(urlOf(plain, remote, `?sslmode=${mode}`)), 'TLS_NOT_OFFERED', mode);
    assert.equal(await encryption(urlOf(plain, remote)), 'TLS_NOT_OFFERED');
    for (const mode of ['disable', 'allow', 'prefer'])
      assert.equal(await encryption(urlOf(plain, remote, `?sslmode=${mode}`)), false, mode);
    assert.match(tlsAdvice(Object.assign(new Error(''), { code: 'TLS_NOT_OFFERED' })) ?? '', /ssl = on/);
  });
});

describe('a URL', () => {
  it('reaches the server in every documented form', async () => {
    const { username, password } = new URL(plain.url);
    const directory = new URL(plain.url).searchParams.get('host');
    const admin = connect(plain.url, { max: 1 });
    const odd = 'p/a?s%s:w@rd #&=ʻ';
    await admin.unsafe(`create role odd login password '${odd}' createdb`);
    await admin.end();
    const port = String(plain.port);
    const forms = [
      `postgres://${username}:${password}@localhost:${port}/postgres`,
      `postgresql://${username}:${password}@127.0.0.1:${port}/postgres?application_name=clinic`,
      `postgres://odd:${encodeURIComponent(odd)}@127.0.0.1:${port}/postgres?options=-c%20geqo%3Doff`,
      `postgres:///postgres?host=127.0.0.1&port=${port}&user=odd&password=${encodeURIComponent(odd)}`,
      ...(directory === null
        ? []
        : [
            `postgres://${username}:${password}@/postgres?host=${encodeURIComponent(directory)}&port=${port}`,
            `postgres://${username}:${password}@${encodeURIComponent(directory)}:${port}/postgres`,
          ]),
    ];
    for (const url of forms) assert.equal(await encryption(url), false, url);
  });

  it('without a password takes the one of PGPASSWORD', async (t) => {
    const { username, password } = new URL(plain.url);
    const url = `postgres://${username}@127.0.0.1:${String(plain.port)}/postgres`;
    process.env['PGPASSWORD'] = password;
    t.after(() => delete process.env['PGPASSWORD']);
    assert.equal(await encryption(url), false);
  });

  it('may name a database that does not exist, or none: the others are made all the same', async () => {
    const { username, password } = new URL(plain.url);
    const server = `postgres://${username}:${password}@127.0.0.1:${String(plain.port)}`;
    for (const [at, url] of [`${server}/absent`, server, `${server}/?application_name=x`].entries()) {
      const made = await ensureDatabase(url, `made_${String(at)}`);
      assert.equal(await encryption(made), false);
      assert.equal(await ensureDatabase(url, `made_${String(at)}`), made);
    }
    assert.equal(await encryption(databaseUrl(server, 'absent')), '3D000');
  });
});
