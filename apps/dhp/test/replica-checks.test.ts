/** Findings about replicas that an operator names. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { replicaAddresses, urlOfReplica } from '@dhp/postgres/address';
import { startPair } from '@dhp/postgres/testing';
import { checkReplicas, judgeReplica } from '../src/doctor/replica-checks.ts';

describe('a replica, as dhp doctor judges it', () => {
  const primary = { isStandby: false, isPaused: false, system: '7', reached: 200 * 1024 ** 2 };
  const replica = { ...primary, isStandby: true };

  it('is well while it is a standby of the same system and not far behind', () => {
    assert.equal(judgeReplica('x', { ...replica, reached: primary.reached - 1 }, primary).level, 'well');
  });

  it('is a fault or a warning otherwise, each with its own sentence and cure', () => {
    const found = [
      { ...replica, isStandby: false },
      { ...replica, system: '8' },
      { ...replica, isPaused: true },
      { ...replica, reached: 0 },
    ].map((facts) => judgeReplica('x', facts, primary));
    assert.deepEqual(
      found.map(({ level }) => level),
      ['fault', 'fault', 'warning', 'warning'],
    );
    assert.equal(new Set(found.map(({ found: sentence }) => sentence)).size, 4);
    assert.match(found[3]!.found, /200/);
    for (const { cure } of found) assert.notEqual(cure, '');
  });
});

describe('real servers that are named as replicas', { timeout: 120_000 }, () => {
  let pair: Awaited<ReturnType<typeof startPair>>;
  let sql: Sql;
  before(async () => {
    pair = await startPair({ fsync: 'off' });
    sql = connect(pair.primary, { max: 1 });
  });
  after(async () => {
    await sql.end();
    await pair.close();
  });
  const levels = async (...urls: string[]): Promise<string[]> => {
    const addresses = replicaAddresses(urls.map((url) => new URL(url).host).join(','));
    const found = await checkReplicas('playground', { sql, url: pair.primary, addresses });
    return found.map(({ level }) => level);
  };

  it('are asked with the login of the primary', async () => {
    await pair.caughtUp();
    assert.deepEqual(await levels(pair.standby, pair.primary, 'postgres://127.0.0.1:1'), ['well', 'fault', 'fault']);
    await pair.pauseStandby(true);
    assert.deepEqual(await levels(pair.standby), ['warning']);
    await pair.pauseStandby(false);
    assert.deepEqual(await checkReplicas('playground', { sql, url: pair.primary, addresses: [] }), []);
  });
});

describe('the address of a replica', () => {
  it('is a list with the usual port, each server once', () => {
    const names = (text: string): string[] => replicaAddresses(text).map(({ name }) => name);
    assert.deepEqual(names('one, two:6000,[::1]:7000'), ['one:5432', 'two:6000', '[::1]:7000']);
    for (const wrong of ['', 'one,', 'one:0', 'one:x', 'one,one:5432'])
      assert.throws(() => names(wrong), TypeError, wrong);
  });

  it('takes the place of the hosts in the URL, with nothing that leads elsewhere', () => {
    const url =
      'postgres://me:s%40y@a:1,b:2/dhp_x?sslmode=verify-full&pooler=p:6432&target_session_attrs=primary&geqo=off';
    const [one] = replicaAddresses('r:9');
    assert.equal(urlOfReplica(url, one!), 'postgres://me:s%40y@r:9/dhp_x?sslmode=verify-full&geqo=off');
    assert.equal(urlOfReplica('postgresql:///dhp?host=/run/pg&port=7&user=me', one!), 'postgres://r:9/dhp?user=me');
    assert.equal(urlOfReplica('postgres://h/d', replicaAddresses('[::1]')[0]!), 'postgres://[::1]:5432/d');
  });
});
