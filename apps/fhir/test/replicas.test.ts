/** Reads of clients who say how old an answer may be, from a real streaming standby. docs/decisions/0183-reads-from-replicas.md */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrations } from '@dhp/fhir-store';
import { connect, databaseUrl, ensureDatabase, migrate } from '@dhp/postgres';
import { replicaAddresses } from '@dhp/postgres/address';
import { startPair } from '@dhp/postgres/testing';
import { trailKeys } from '@dhp/trail';
import { startServer, type Reply, type TestServer } from './environment.ts';

const every = 50;
const within = (seconds: number, position?: string | null): { headers: Record<string, string> } => ({
  headers: { 'x-max-staleness': String(seconds), ...(typeof position === 'string' && { 'x-position': position }) },
});
const isByReplica = ({ headers }: Reply): boolean => headers.get('x-staleness') !== null;

describe('reads from replicas over HTTP', { timeout: 300_000 }, () => {
  let pair: Awaited<ReturnType<typeof startPair>>;
  let server: TestServer;
  let writes = 0;
  const put = async (id: string): Promise<string> => {
    writes += 1;
    const patient = { resourceType: 'Patient', id, gender: 'female', name: [{ family: `Nosirova${String(writes)}` }] };
    const current = await server.request('GET', `/Patient/${id}`);
    const tag = current.headers.get('etag');
    const { status, headers } = await server.write(
      'PUT',
      `/Patient/${id}`,
      patient,
      tag === null ? {} : { 'if-match': tag },
    );
    assert.ok(status < 300, String(status));
    const position = headers.get('x-position');
    assert.ok(position !== null, 'each answer to a write tells a position');
    return position;
  };
  const shown = async (): Promise<void> => {
    const deadline = Date.now() + 30_000;
    while ((server.store.replicas!.states()[0]!.staleness ?? Infinity) >= 500) {
      assert.ok(Date.now() < deadline, 'the replica was not read');
      await delay(every);
    }
  };
  const paused = async (work: () => Promise<void>): Promise<void> => {
    await pair.caughtUp();
    await shown();
    await pair.pauseStandby(true);
    try {
      await delay(2 * every);
      await work();
    } finally {
      await pair.pauseStandby(false);
    }
  };

  before(async () => {
    pair = await startPair({ fsync: 'off' });
    const sql = connect(await ensureDatabase(pair.primary, 'fhir'), { max: 1 });
    await migrate(sql, migrations);
    await sql.end();
    server = await startServer(
      { audit: { keys: trailKeys(randomBytes(32)), onError: () => undefined } },
      () => databaseUrl(pair.primary, 'fhir'),
      { replicas: { addresses: replicaAddresses(new URL(pair.standby).host), every } },
    );
  });
  after(async () => {
    await server.close();
    await pair.close();
  });

  it('are answered by the primary, and by it alone, where nothing is said', async () => {
    await put('plain');
    await pair.caughtUp();
    await shown();
    assert.equal(isByReplica(await server.request('GET', '/Patient/plain')), false);
    const { answered } = server.store.replicas!.states()[0]!;
    assert.equal(isByReplica(await server.request('GET', '/Patient?gender=female')), false);
    assert.equal(server.store.replicas!.states()[0]!.answered, answered);
  });

  it('come from the replica within the bound, and say how old they may be', async () => {
    await put('read');
    await pair.caughtUp();
    await shown();
    for (const [method, path, body] of [
      ['GET', '/Patient/read'],
      ['HEAD', '/Patient/read'],
      ['GET', '/Patient/read/_history/1'],
      ['GET', '/Patient?_id=read'],
      ['POST', '/Patient/_search', '_id=read'],
      ['GET', '/?_type=Patient&_id=read'],
    ] as const) {
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const { headers } = within(30);
      const options = body === undefined ? { headers } : { body, headers: { ...headers, ...form } };
      const reply = await server.request(method, path, options);
      assert.equal(reply.status, 200, path);
      assert.match(reply.headers.get('x-staleness') ?? '', /^[12]$/, `${method} ${path}`);
      if (method !== 'HEAD') assert.match(reply.text, /Nosirova/);
    }
    for (const path of ['/Patient/read/_history', '/metadata', '/Patient?_count=1'])
      assert.equal(isByReplica(await server.request('GET', path, within(30))), false, path);
    assert.equal(isByReplica(await server.request('GET', '/Patient/read', within(0))), false, 'no age is none');
  });

  it('never come from before a write whose position is sent back', async () => {
    await put('own');
    await paused(async () => {
      const position = await put('own');
      const old = await server.request('GET', '/Patient/own', within(60));
      assert.equal(old.headers.get('etag'), 'W/"1"');
      assert.ok(isByReplica(old));
      const own = await server.request('GET', '/Patient/own', within(60, position));
      assert.equal(own.headers.get('etag'), 'W/"2"');
      assert.equal(isByReplica(own), false);
      const found = await server.request('GET', '/Patient?_id=own', within(60, position));
      assert.match(found.text, /"versionId":"2"/);
    });
  });

  it('are of the primary for who may see less than a whole type, since what decides may have changed', async () => {
    await put('narrow');
    await pair.caughtUp();
    await shown();
    const token = await server.sso.token({ scope: 'system/Patient.rs?gender=female' });
    const whole = await server.request('GET', '/Patient/narrow', within(30));
    assert.ok(isByReplica(whole));
    for (const path of ['/Patient/narrow', '/Patient?_id=narrow', '/Patient/narrow/_history/1']) {
      const reply = await server.request('GET', path, { token, ...within(30) });
      assert.deepEqual([reply.status, isByReplica(reply)], [200, false], path);
    }
    await paused(async () => {
      const { headers } = await server.request('GET', '/Patient/narrow');
      const male = { resourceType: 'Patient', id: 'narrow', gender: 'male' };
      await server.write('PUT', '/Patient/narrow', male, { 'if-match': headers.get('etag')! });
      for (const path of ['/Patient/narrow', '/Patient/narrow/_history/1'])
        assert.equal((await server.request('GET', path, { token, ...within(60) })).status, 404, path);
      const found = await server.request('GET', '/Patient?_id=narrow', { token, ...within(60) });
      assert.doesNotMatch(found.text, /"entry"/);
    });
  });

  it('are recorded at the primary before the answer, as all others', async () => {
    await put('recorded');
    await pair.caughtUp();
    await shown();
    const sql = connect(databaseUrl(pair.primary, 'fhir'), { max: 1 });
    const count = async (): Promise<number> =>
      Number((await sql<{ count: string }[]>`select count(*) from fhir.audit_record`)[0]!.count);
    try {
      const before = await count();
      assert.ok(isByReplica(await server.request('GET', '/Patient/recorded', within(30))));
      assert.ok((await count()) > before);
    } finally {
      await sql.end();
    }
  });

  it('refuse values that are none, in three languages, also of writes, which then store nothing', async () => {
    const cases = [
      ['x-max-staleness', 'a minute', 'staleness-invalid', /whole number of seconds from 0 to 3600/],
      ['x-max-staleness', '-1', 'staleness-invalid', /"-1"/],
      ['x-max-staleness', '1.5', 'staleness-invalid', /"1.5"/],
      ['x-max-staleness', '3601', 'staleness-invalid', /"3601"/],
      ['x-max-staleness', '5, 10', 'staleness-invalid', /"5, 10"/],
      ['x-position', 'guessed', 'position-invalid', /"guessed"/],
      ['x-position', '', 'position-invalid', /""/],
    ] as const;
    for (const [name, value, code, diagnostics] of cases) {
      const sentences = new Set<string>();
      for (const language of ['uz', 'ru', 'en']) {
        const headers = { [name]: value, 'accept-language': language };
        const reply = await server.request('GET', '/Patient/read', { headers });
        assert.deepEqual([reply.status, reply.code], [400, code], value);
        assert.match(reply.diagnostics, diagnostics);
        assert.match(reply.text, new RegExp(`http\\.${name}`, 'i'));
        sentences.add(reply.sentence);
      }
      assert.equal(sentences.size, 3);
      const refused = await server.write(
        'PUT',
        '/Patient/refused',
        { resourceType: 'Patient', id: 'refused' },
        { [name]: value },
      );
      assert.equal(refused.code, code);
    }
    assert.equal((await server.request('GET', '/Patient/refused')).status, 404);
  });

  it('are answered by the primary while the replica is away', async () => {
    await put('away');
    await pair.killStandby();
    const reply = await server.request('GET', '/Patient/away', within(60));
    assert.deepEqual([reply.status, isByReplica(reply)], [200, false]);
    await pair.startStandby();
    await shown();
    assert.ok(isByReplica(await server.request('GET', '/Patient/away', within(60))));
  });
});

describe('a server without replicas', () => {
  it('answers the same as without the header, and refuses the same values', async () => {
    const server = await startServer();
    try {
      const made = await server.write('POST', '/Patient', { resourceType: 'Patient' });
      assert.equal(made.headers.get('x-position'), null);
      const reply = await server.request('GET', `/Patient/${String(made.json['id'])}`, within(60));
      assert.deepEqual([reply.status, isByReplica(reply)], [200, false]);
      assert.equal((await server.request('GET', '/Patient/x', within(9999))).code, 'staleness-invalid');
    } finally {
      await server.close();
    }
  });
});
