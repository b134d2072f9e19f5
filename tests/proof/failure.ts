/** Faults that a nation's platform meets in a year, one after the other, against real servers and real processes. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { standbyAway, synchronousFailover } from './failure/failovers.ts';
import { fullDisk } from './failure/full-disk.ts';
import { poolerKilled } from './failure/pooler.ts';
import { processesKilled } from './failure/processes.ts';
import { rollingUpgrade } from './failure/rolling-upgrade.ts';
import { inSeconds, type Outcome, type Scenario } from './failure/scenario.ts';
import { blackhole, staleConnections } from './failure/silence.ts';
import { clockJumps } from './failure/clock-jumps.ts';
import { slowDisk } from './failure/slow-disk.ts';
import { stalls } from './failure/stalls.ts';
import { slowCommits } from './failure/slow-commits.ts';
import type { Proof, Proven } from './proof.ts';

const scenarios: readonly Scenario[] = [
  processesKilled,
  synchronousFailover,
  standbyAway,
  blackhole,
  staleConnections,
  stalls,
  poolerKilled,
  slowCommits,
  clockJumps,
  slowDisk,
  fullDisk,
  rollingUpgrade,
];

export const failure: Proof = {
  name: 'failure',
  claim:
    'Whatever process, host, disk or network fails: no acknowledged write is lost, every request is answered in bounded time, and the platform goes on by itself.',
  takes: 'some twenty minutes',
  parts: scenarios.map(({ name }) => name),
  run: (progress, only) =>
    tryAll(only === undefined ? scenarios : scenarios.filter(({ name }) => only.includes(name)), progress),
};

/** Milliseconds after which a fault counts as one that the platform did not survive: the whole ends in time whatever happens. */
const longest = 150_000;

/** Tries each fault. One that fails in a way that nobody foresaw counts as a claim that does not hold. */
async function tryAll(all: readonly Scenario[], progress: Progress): Promise<Proven> {
  const sections: string[] = [];
  let holds = true;
  for (const [index, scenario] of all.entries()) {
    const began = performance.now();
    const step = progress.step(`${String(index + 1)}/${String(all.length)} ${scenario.name}: ${scenario.fault}`);
    const missing = await scenario.missing?.();
    const outcome: Outcome = missing === undefined ? await inTime(scenario) : { holds: true, said: `${missing}.` };
    holds &&= outcome.holds;
    const verdict = missing !== undefined ? 'Not tried' : outcome.holds ? 'Holds' : 'Does not hold';
    step.done(verdict);
    progress.say(`    ${outcome.said}`);
    const took = missing === undefined ? ` (${inSeconds(performance.now() - began)})` : '';
    sections.push(`## ${scenario.fault}`, scenario.claim, `**${verdict}:** ${outcome.said}${took}`);
  }
  return { holds, report: sections.join('\n\n'), versions: await versions() };
}

async function inTime(scenario: Scenario): Promise<Outcome> {
  const over = new AbortController();
  const most = scenario.longest ?? longest;
  const late = delay(most, { holds: false, said: `It was not over after ${inSeconds(most)}.` }, over);
  late.catch(() => undefined);
  const run = scenario.run().catch((error: unknown) => ({ holds: false, said: (error as Error).message }));
  return Promise.race([run, late]).finally(() => over.abort());
}

/** PostgreSQL and, where it is there, PgBouncer. */
async function versions(): Promise<string> {
  const sql = connect(await testServer(), { max: 1 });
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  await sql.end();
  const pooler = await promisify(execFile)('/usr/sbin/pgbouncer', ['--version']).then(
    ({ stdout }) => `, ${stdout.split('\n')[0]!}`,
    () => '',
  );
  return `PostgreSQL ${row!.server_version.split(' ')[0]!}${pooler}`;
}
