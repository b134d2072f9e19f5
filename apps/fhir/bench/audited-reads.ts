/**
 * The price of a record for a read: `node apps/fhir/bench/audited-reads.ts [reads]`. Prints the median time of a read at 8 connections with a trail
 * and without one, and of a durable commit in the same database, one after the other and again, against the bar; it ends with 1 where that is
 * not reached. The callers run in a thread of their own.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { connect, startEmbedded } from '@dhp/postgres';
import { trailKeys } from '@dhp/trail';

/** Milliseconds above a durable commit. */
const bar = 2;
const connections = 8;
const rounds = 3;

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

interface Reads {
  readonly url: string;
  readonly token: string;
  readonly count: number;
}

/** The times of reads, each connection waiting for its answer before it asks again. */
async function timesOfReads({ url, token, count }: Reads): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const read = async (): Promise<number> => {
    const started = performance.now();
    const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } });
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    for await (const _ of response); // to the end
    if (response.statusCode !== 200) throw new Error(`a read was answered ${String(response.statusCode)}`);
    return performance.now() - started;
  };
  let left = count;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while ((left -= 1) >= 0) times.push(await read());
    }),
  );
  agent.destroy();
  return times;
}

if (isMainThread) await main();
else parentPort!.postMessage(await timesOfReads(workerData as Reads));

function apart(reads: Reads): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: reads });
    worker.once('message', resolve).once('error', reject);
  });
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 8_000);
  const directory = await mkdtemp(join(tmpdir(), 'dhp-bench-reads-'));
  const embedded = await startEmbedded({ directory, name: 'the benchmark of reads' });
  process.env['DHP_TEST_DATABASE_URL'] = embedded.url;
  const { startServer } = await import('../test/environment.ts');
  const [plain, audited] = [
    await startServer(),
    await startServer({ audit: { keys: trailKeys(Buffer.alloc(32, 5)) } }),
  ];
  const sql = connect(audited.ownerUrl, { max: 1 });
  try {
    await sql`create table bench_commit (n int)`;
    const commits = async (): Promise<number[]> => {
      const times: number[] = [];
      for (let n = 0; n < 500; n += 1) {
        const started = performance.now();
        await sql`insert into bench_commit values (${n})`;
        times.push(performance.now() - started);
      }
      return times;
    };
    const reads = async (server: typeof plain): Promise<number[]> => {
      const { json } = await server.write('POST', '/Patient', { resourceType: 'Patient', active: true });
      const url = `${server.url}/Patient/${String(json['id'])}`;
      return apart({ url, token: await server.sso.token(), count });
    };
    await reads(audited); // warms up
    const [commit, without, with_] = [[] as number[], [] as number[], [] as number[]];
    for (let round = 0; round < rounds; round += 1) {
      commit.push(median(await commits()));
      without.push(median(await reads(plain)));
      with_.push(median(await reads(audited)));
    }
    const [least, bare, recorded] = [Math.min(...commit), Math.min(...without), Math.min(...with_)];
    const above = recorded - least;
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    say(
      `p50 of a durable commit ${least.toFixed(2)} ms; of a read at ${String(connections)} connections ${bare.toFixed(2)} ms without a record, ${recorded.toFixed(2)} ms with one`,
    );
    say(
      `  bar: p50 of a read at ${String(connections)} connections above a durable commit: at most ${String(bar)} ms; measured ${above.toFixed(2)} ms: ${above <= bar ? 'reached' : 'not reached'}`,
    );
    if (above > bar) process.exitCode = 1;
  } finally {
    await sql.end({ timeout: 5 });
    await audited.close();
    await plain.close();
    await embedded.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
