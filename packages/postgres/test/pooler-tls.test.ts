/** TLS to PgBouncer and from it to PostgreSQL: `sslmode` and the other parameters of DATABASE_URL hold for both (docs/pooler.md). */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { selfSigned } from '../../../tests/checklist/certificate.ts';
import { connect, startEmbedded, type EmbeddedPostgres } from '../src/index.ts';
import { inspectPoolers } from '../src/pooler.ts';
import { urlThroughPooler } from '../src/database.ts';
import { startPgBouncer, withoutPgBouncer, type PgBouncer } from '../src/testing.ts';

const files = mkdtempSync(join(tmpdir(), 'dhp-pooler-tls-'));
const file = (name: string): string => join(files, name);

describe('PgBouncer with TLS', { skip: withoutPgBouncer, timeout: 600_000 }, () => {
  let server: EmbeddedPostgres;
  let pooler: PgBouncer;
  let plain: PgBouncer;

  before(async () => {
    const { key, cert } = selfSigned('localhost');
    chmodSync(files, 0o755);
    writeFileSync(file('root.pem'), cert);
    writeFileSync(file('stranger.pem'), selfSigned('localhost').cert);
    // PgBouncer may run as another user than the tests.
    writeFileSync(file('key.pem'), key, { mode: 0o644 });
    const directory = mkdtempSync(join(tmpdir(), 'dhp-test-pooler-tls-'));
    writeFileSync(join(directory, 'server.crt'), cert);
    writeFileSync(join(directory, 'server.key'), key, { mode: 0o600 });
    const tls = {
      ssl: 'on',
      ssl_cert_file: join(directory, 'server.crt'),
      ssl_key_file: join(directory, 'server.key'),
    };
    const settings = { shared_buffers: '16MB', fsync: 'off', io_method: 'sync', ...tls };
    server = await startEmbedded({ directory, temporary: true, settings });
    // PostgreSQL listens on 127.0.0.1 alone, and its certificate has the name of localhost.
    const address = urlOf(`?sslmode=verify-ca&sslrootcert=${encodeURIComponent(file('root.pem'))}`, '127.0.0.1');
    const toServer = {
      server_tls_sslmode: 'verify-ca',
      server_tls_ca_file: file('root.pem'),
      default_pool_size: '2',
    };
    pooler = await startPgBouncer(address, {
      ...toServer,
      client_tls_sslmode: 'require',
      client_tls_key_file: file('key.pem'),
      client_tls_cert_file: file('root.pem'),
    });
    plain = await startPgBouncer(address, toServer);
  });
  after(async () => {
    await Promise.all([pooler, plain].map((each) => each.close()));
    await server.stop();
    rmSync(files, { recursive: true });
  });

  /** A busy machine takes long to connect. */
  function urlOf(
    query = `?sslmode=verify-full&sslrootcert=${encodeURIComponent(file('root.pem'))}`,
    host = 'localhost',
  ) {
    const { username, password } = new URL(server.url);
    return `postgres://${username}:${password}@${host}:${String(server.port)}/postgres${query}&connect_timeout=60`;
  }
  const through = (url: string, { port } = pooler): string => urlThroughPooler(url, `localhost:${String(port)}`);

  async function outcome(url: string): Promise<unknown> {
    const sql = connect(url, { max: 4 });
    try {
      // Prepared statements of several connections on two sessions, all of them encrypted on their way to the server.
      const rows = await Promise.all(
        Array.from(
          { length: 40 },
          (_, n) => sql<{ n: number; ssl: boolean }[]>`
          select ${n}::int as n, (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl`,
        ),
      );
      return rows.every(([row], n) => row!.n === n && row!.ssl);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  it('is verified by the same certificates as the server, and both ways are encrypted', async () => {
    assert.equal(await outcome(through(urlOf())), true, await pooler.log());
    assert.deepEqual(
      (await inspectPoolers(through(urlOf()))).map(({ fault }) => fault),
      [undefined],
    );
  });

  it('is refused where its certificate is of a stranger', async () => {
    const stranger = urlOf(`?sslmode=verify-full&sslrootcert=${encodeURIComponent(file('stranger.pem'))}`);
    assert.equal(await outcome(through(stranger)), 'DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('refuses a connection without TLS', async () => {
    assert.notEqual(await outcome(through(urlOf('?sslmode=disable'))), true);
    const [report] = await inspectPoolers(through(urlOf('?sslmode=disable')));
    assert.match(report?.fault ?? '', /^The pooler localhost:\d+ cannot be used: .*(TLS|SSL)/);
  });

  it('gets no password where it offers no TLS and the URL asks for it, and the start says so', async () => {
    assert.equal(await outcome(through(urlOf(), plain)), 'TLS_NOT_OFFERED');
    const [report] = await inspectPoolers(through(urlOf(), plain));
    assert.match(report?.fault ?? '', /^The pooler localhost:\d+ cannot be used: .*TLS/);
  });
});
