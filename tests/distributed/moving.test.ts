/**
 * An installation of one server that moves to several: `dhp migrate --distributed`, killed and begun again, then `dhp shards`, `dhp doctor` and
 * `dhp status`, as docs/operations/distributed.md has them.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, databaseUrl } from '../../packages/postgres/src/index.ts';
import { fhirAt, type Ask } from '../fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from '../platform.ts';
import { said } from './said.ts';
import { startServers, withoutCitus, type Servers } from './cluster.ts';

const main = fileURLToPath(new URL('../../apps/dhp/src/main.ts', import.meta.url));

interface Plan {
  readonly obstacles: readonly string[];
  readonly isDone: boolean;
  readonly bytes: number;
  readonly tables: readonly { readonly name: string; readonly isMoved: boolean; readonly bytes: number }[];
}
interface Report {
  readonly findings: readonly {
    readonly check: string;
    readonly level: string;
    readonly about: string;
    readonly found: string;
  }[];
}
interface Shards {
  readonly nodes: readonly {
    readonly port: number;
    readonly isCoordinator: boolean;
    readonly takesShards: boolean;
    readonly shards: number;
    readonly bytes: number;
    readonly said: string | object;
  }[];
  readonly shards: readonly { readonly n: number; readonly port: number; readonly bytes: number }[];
}

const [patients, rounds] = [40, 5];

describe('an installation of one server', { skip: withoutCitus }, () => {
  let servers: Servers | undefined;
  let home: Home | undefined;
  let platform: Platform;
  let ask: Ask;
  let client: Credentials | undefined;
  const node = (n: number): string => `127.0.0.1:${String(servers!.ports[n]!)}`;
  const url = (): string => `postgres://postgres@${node(0)}/clinic`;
  /** Its coordinator, its two workers, and one that comes later. */
  before(async () => {
    servers = await startServers(4);
    home = await openHome({ serves: 'sso,fhir', environment: { DATABASE_URL: url() } });
    await serve();
  });
  after(async () => {
    await home?.close();
    await servers?.close();
  });

  async function serve(): Promise<void> {
    platform = await home!.start();
    client ??= await home!.createClient();
    ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
  }
  const migrate = (...words: string[]) => home!.run(['migrate', '--distributed', ...words], { NODE_NO_WARNINGS: '1' });
  const workers = (): string => `${node(1)},${node(2)}`;
  const owner = async <R>(work: (sql: ReturnType<typeof connect>) => Promise<R>): Promise<R> => {
    const sql = connect(databaseUrl(url(), 'clinic_playground'), { max: 1, applicationName: 'dhp setup' });
    return work(sql).finally(() => sql.end());
  };
  const observation = (of: number, value: number): object => ({
    ...{ resourceType: 'Observation', id: `o${String(of)}`, status: 'final', code: { text: 'weight' } },
    ...{ subject: { reference: `Patient/p${String(of)}` }, valueQuantity: { value, unit: 'kg' } },
  });
  /** Versions of what was put, by its address. */
  const versions = new Map<string, string>();
  async function put(resource: object): Promise<void> {
    const { resourceType, id } = resource as { resourceType: string; id: string };
    const path = `${resourceType}/${id}`;
    const known = versions.get(path);
    const answer = await ask('PUT', path, resource, known === undefined ? {} : { 'if-match': `W/"${known}"` });
    assert.ok(answer.status === 200 || answer.status === 201, `${answer.text}\n${platform.said().slice(-3_000)}`);
    versions.set(path, (answer.json()['meta'] as { versionId: string }).versionId);
  }
  /** All that is stored, as others see it. */
  async function seen(): Promise<unknown> {
    const all = await Promise.all(
      Array.from({ length: patients }, async (_, n) => {
        const history = (await ask('GET', `Observation/o${String(n)}/_history`)).json() as {
          entry: { resource: object }[];
        };
        const searched = await ask('GET', `Observation?subject=Patient/p${String(n)}`);
        assert.equal(searched.status, 200, `${searched.text}\n${platform.said().slice(-3_000)}`);
        const found = searched.json() as { total: number };
        return [
          history.entry.map(({ resource }) => resource),
          found.total,
          (await ask('GET', `Patient/p${String(n)}`)).json(),
        ];
      }),
    );
    return all;
  }
  let earlier: unknown;

  it('is refused while its servers run, and told how it would be moved', async () => {
    for (let n = 0; n < patients; n += 1)
      await put({ resourceType: 'Patient', id: `p${String(n)}`, name: [{ family: `F${String(n)}` }] });
    for (let round = 0; round < rounds; round += 1)
      for (let n = 0; n < patients; n += 1) await put(observation(n, 50 + round));
    earlier = await seen();
    const { code, stderr } = await migrate('--nodes', workers());
    assert.equal(code, 1);
    assert.match(stderr, said.serverRuns);
    await platform.end('SIGTERM');

    const wrong = await migrate('--nodes', `${node(1)},127.0.0.1:1`, '--plan', '--json');
    assert.equal(wrong.code, 1);
    assert.match(
      (JSON.parse(wrong.stdout) as Plan).obstacles.join('\n'),
      new RegExp(`^127\\.0\\.0\\.1:1 ${said.notAsked.source}.*ECONNREFUSED`),
    );
    assert.match((await migrate()).stderr, said.noWorker);

    const planned = await migrate('--nodes', workers(), '--plan');
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, new RegExp(`^resource +${said.divided.source} +[\\d.]+ \\w+ +`, 'm'));
    assert.match(planned.stdout, said.planned);
    assert.match(planned.stdout, / 32 shards/);
    assert.match(planned.stderr, said.backup);
    const spread = await owner((sql) => sql`select fhir.is_spread() as is`);
    assert.deepEqual([...spread], [{ is: false }], 'a plan changes nothing');
  });

  it('moves, goes on where it was killed, and opens for nobody in between', async () => {
    const child = spawn(process.execPath, [main, 'migrate', '--distributed', '--nodes', workers()], {
      env: { ...process.env, ...home!.environment },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const moved = async (): Promise<number> =>
      owner(async (sql) => {
        const [there] = await sql<{ is: boolean }[]>`select to_regclass('pg_dist_partition') is not null as is`;
        return there!.is ? Number((await sql`select count(*) as n from pg_dist_partition`)[0]!['n']) : 0;
      });
    while ((await moved()) < 4 && child.exitCode === null) await delay(20);
    child.kill('SIGKILL');
    await ended;
    assert.ok((await moved()) < 30, 'it was killed before the end');

    const refused = await home!.run(['reindex']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, said.underWay);
    assert.ok(hasFinding(await doctor(), 'fault', said.notFinished));

    // The nodes are known by now.
    const { code, stderr } = await migrate('--shards', '8');
    assert.equal(code, 0, stderr);
    assert.match(stderr, said.done);
    const again = await migrate('--plan', '--json');
    assert.equal(again.code, 0, again.stderr);
    assert.equal((JSON.parse(again.stdout) as Plan).isDone, true);
    const [left] = await owner(
      (sql) => sql<{ bytes: string }[]>`
      select sum(pg_relation_size(c.oid))::text as bytes from pg_class c join pg_dist_partition p on p.logicalrelid = c.oid
      where c.relnamespace = 'fhir'::regnamespace`,
    );
    assert.equal(left!.bytes, '0', 'nothing is left in the files of the coordinator');
  });

  const doctor = async (): Promise<Report> =>
    JSON.parse((await home!.run(['doctor', '--json', '--all'])).stdout) as Report;
  const findings = (report: Report, check: string): string[] =>
    report.findings
      .filter((one) => one.check === check && one.about !== 'sso')
      .map(({ level, found }) => `${level} ${found}`.trim());
  const hasFinding = (report: Report, level: string, words: RegExp): boolean =>
    findings(report, 'shards').some((one) => one.startsWith(`${level} `) && words.test(one));
  const shards = (): Promise<Shards> => home!.json<Shards>(['shards']);
  const held = ({ nodes }: Shards, n: number) => nodes.find(({ port }) => port === servers!.ports[n])!;

  it('serves the same, with a role of its own, and is well', async () => {
    await serve();
    assert.deepEqual(await seen(), earlier);
    await put(observation(0, 99));
    await put({ ...observation(1, 99), subject: { reference: 'Patient/p2' } });
    const moved = (await ask('GET', 'Observation?subject=Patient/p2')).json() as { total: number };
    assert.equal(moved.total, 2, 'a move to another patient');
    assert.equal((await ask('DELETE', 'Observation/o3')).status, 200);
    const report = await doctor();
    assert.deepEqual(
      [findings(report, 'shards'), findings(report, 'roles'), findings(report, 'schema')],
      [['well'], ['well'], ['well']],
    );
  });

  it('tells what lies where', async () => {
    const told = await shards();
    assert.deepEqual([held(told, 0).isCoordinator, held(told, 0).shards], [true, 0]);
    assert.ok(held(told, 1).shards > 0 && held(told, 2).shards > 0 && held(told, 1).bytes > 0);
    assert.equal(told.shards.length, held(told, 1).shards + held(told, 2).shards);
    const { stdout } = await home!.run(['shards']);
    assert.match(stdout, new RegExp(`^${node(1)} +takes shards +\\d+ `, 'm'));
    assert.match((await home!.run(['status'])).stdout, new RegExp(`^${node(2)} +takes shards `, 'm'));
  });

  it('takes a node more while it is written to, and gives one back', async () => {
    assert.match((await home!.run(['shards', 'add', '127.0.0.1:1'])).stderr, said.notAsked);
    assert.equal((await home!.run(['shards', 'add', node(3)])).code, 0);
    assert.ok(hasFinding(await doctor(), 'warning', said.takesNone));
    const planned = await home!.json<{ moves: { bytes: number }[] }>(['shards', 'rebalance', '--plan']);
    assert.ok(planned.moves.length > 0 && planned.moves.every(({ bytes }) => bytes > 0));
    const begun = home!.run(['shards', 'rebalance']);
    const isUnderWay = async (): Promise<boolean> => {
      const { rebalance } = await home!.json<{ rebalance: { isOver: boolean } | null }>(['shards']);
      return rebalance?.isOver === false;
    };
    while (!(await isUnderWay())) await delay(100);
    assert.equal((await home!.run(['shards', 'rebalance', '--cancel'])).code, 0);
    const ended = await begun;
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, new RegExp(`${said.notMoved.source}cancell`));
    let [isOver, written, slowest] = [false, 0, 0];
    const writing = (async () => {
      while (!isOver) {
        const began = performance.now();
        await put(observation(4 + (written % 30), 100 + written));
        written += 1;
        slowest = Math.max(slowest, performance.now() - began);
      }
    })();
    const { code, stderr } = await home!.run(['shards', 'rebalance']);
    isOver = true;
    await writing;
    assert.equal(code, 0, stderr);
    assert.ok(written > 10, String(written));
    const told = await shards();
    assert.ok(held(told, 3).shards > 0, 'the new node has shards');
    for (let n = 0; n < Math.min(30, written); n += 1) {
      const last = written - 1 - ((written - 1 - n) % 30);
      const { valueQuantity } = (await ask('GET', `Observation/o${String(4 + n)}`)).json() as {
        valueQuantity: { value: number };
      };
      assert.equal(valueQuantity.value, 100 + last, 'what was written while shards moved is there');
    }
    console.log(`rebalance: ${String(written)} writes meanwhile, the slowest ${slowest.toFixed(0)} ms`);
    assert.match((await home!.run(['shards', 'remove', node(3)])).stderr, said.hasShards);
    const drained = await home!.run(['shards', 'drain', node(3)]);
    assert.equal(drained.code, 0, drained.stderr);
    assert.equal(held(await shards(), 3).takesShards, false);
    assert.equal((await home!.run(['shards', 'remove', node(3)])).code, 0);
    assert.equal((await shards()).nodes.length, 3);
    assert.equal((await home!.run(['shards', 'rebalance', '--cancel'])).code, 1, 'nothing is moved');
  });

  it('says which node is away, whose patients are not served, and the others are', async () => {
    await servers!.kill(2);
    const report = await doctor();
    assert.ok(hasFinding(report, 'fault', said.away), JSON.stringify(report.findings));
    assert.ok(findings(report, 'shards').some((one) => one.includes(node(2))));
    assert.match((await home!.run(['status'])).stdout, new RegExp(`^${node(2)} +NOT REACHED`, 'm'));
    const asked = await Promise.all(
      Array.from({ length: patients }, async (_, n) => {
        const began = performance.now();
        const { status } = await ask('GET', `Patient/p${String(n)}`);
        return { status, seconds: (performance.now() - began) / 1000 };
      }),
    );
    const statuses = new Set(asked.map(({ status }) => status));
    assert.deepEqual([...statuses].sort(), [200, 503], 'those of the other node go on');
    assert.equal((await ask('GET', 'Patient?family=F1')).status, 503);
    const longest = Math.max(...asked.map(({ seconds }) => seconds));
    assert.ok(longest < 15, String(longest));
    console.log(`a node away: the slowest of ${String(patients)} reads took ${longest.toFixed(1)} s`);
    await servers!.start(2);
    assert.deepEqual(findings(await doctor(), 'shards'), ['well']);
  });
});
