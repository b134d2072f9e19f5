/** `dhp status`: the platform in one screen. It changes nothing. */
import { connect } from '@dhp/postgres';
import type { Command } from '../cli.ts';
import { openCommandDatabases, type Context } from '../context.ts';
import type { Examination } from '../doctor/examine.ts';
import { sized, told } from '../doctor/node-checks.ts';
import { servedEnvironments, type EnvironmentName } from '../trail-heads.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { readLevel, type StoredLevel } from '../log/stored-level.ts';
import { nodeTable } from './node-table.ts';
import { countOf, openExamined } from './doctor.ts';
import { print, table } from '../output.ts';
import { json } from './shared.ts';

interface EnvironmentWork {
  readonly environment: EnvironmentName;
  readonly waiting: number;
  readonly running: number;
  /** Progress of the work on the search index, in percent; 100 if there is none. */
  readonly indexed: number;
}

/** Jobs of one look. */
const mostJobs = 1_000;

async function workOf(context: Context, examined: Examination): Promise<readonly EnvironmentWork[]> {
  const there = new Set(examined.databases.map(({ name }) => name));
  // An unavailable node has a part of the rows to be counted.
  const lame = new Set(
    examined.spread
      .filter(({ facts }) => facts.nodes.some(({ said }) => typeof said === 'string'))
      .map(({ name }) => name),
  );
  const environments = servedEnvironments(context.settings).filter((name) => there.has(name) && !lame.has(name));
  if (environments.length === 0) return [];
  const { listIndexJobs, listJobs } = await import('@dhp/fhir-store/jobs');
  const databases = await openCommandDatabases(context);
  try {
    const all: EnvironmentWork[] = [];
    for (const environment of environments) {
      const sql = connect(await databases.open(environment), { max: 1, applicationName: 'dhp status', readOnly: true });
      try {
        const [jobs, index] = await Promise.all([listJobs(sql, mostJobs), listIndexJobs(sql)]);
        const [done, total] = index.reduce(([d, t], job) => [d + job.done, t + job.total], [0, 0]);
        all.push({
          environment,
          waiting: jobs.filter(({ state }) => state === 'waiting').length,
          running: jobs.filter(({ state }) => state === 'running').length,
          indexed: total === 0 ? 100 : Math.floor((100 * done) / total),
        });
      } catch (error) {
        // A database with an earlier schema has no jobs; dhp doctor reports that it must be migrated.
        if (!(error instanceof Error && 'code' in error && error.code === '42P01')) throw error;
      } finally {
        await sql.end({ timeout: 1 });
      }
    }
    return all;
  } finally {
    await databases.close();
  }
}

/** As a node of this installation follows it. */
async function levelOf(context: Context, examined: Examination): Promise<StoredLevel | undefined> {
  const [first] = examined.databases;
  if (first === undefined) return undefined;
  const databases = await openCommandDatabases(context);
  try {
    const sql = connect(await databases.open(first.name), { max: 1, applicationName: 'dhp status', readOnly: true });
    try {
      return await readLevel(sql, first.name);
    } finally {
      await sql.end({ timeout: 1 });
    }
  } finally {
    await databases.close();
  }
}

interface Stood {
  readonly work: readonly EnvironmentWork[];
  readonly level: StoredLevel | undefined;
}

function asJson(examined: Examination, { work, level }: Stood): Record<string, unknown> {
  const { servers, databases, spread, free, findings } = examined;
  return {
    version: packageJson.version,
    time: new Date().toISOString(),
    servers: servers.map(({ name, url, state }) => ({ name, url, state })),
    databases: databases.map(({ name, facts }) => ({
      ...{ name, bytes: facts.bytes, connections: facts.connections },
      oldest_transaction_seconds: facts.oldest?.seconds ?? 0,
    })),
    jobs: work,
    ...(level && { log: shownLevel(level) }),
    ...(spread.length > 0 && { nodes: Object.fromEntries(spread.map(({ name, facts }) => [name, facts.nodes])) }),
    free_bytes: free,
    faults: countOf(findings, 'fault'),
    warnings: countOf(findings, 'warning'),
  };
}

function shownLevel({ level, share, servers, until, by, reason }: StoredLevel): Record<string, unknown> {
  return { level, ...(share !== undefined && { access_share: share }), servers, until, by, reason };
}

function asText(examined: Examination, { work, level }: Stood): string {
  const { servers, databases, spread, free, findings } = examined;
  const counts = { faults: countOf(findings, 'fault'), warnings: countOf(findings, 'warning') };
  const size = ({ bytes }: { bytes: number }): string => sized(bytes);
  const age = (seconds: number): string => `${seconds.toFixed(1)} s`;
  return [
    `DHP ${packageJson.version}  ${new Date().toISOString()}\n`,
    table(
      ['SERVER', 'STATE', 'ADDRESS'],
      servers.map(({ name, state, url }) => [name, state, url]),
    ),
    table(
      ['DATABASE', 'SIZE', 'CONNECTIONS', 'OLDEST TRANSACTION'],
      databases.map(({ name, facts }) => [
        name,
        size(facts),
        String(facts.connections),
        age(facts.oldest?.seconds ?? 0),
      ]),
    ),
    table(
      ['ENVIRONMENT', 'JOBS WAITING', 'JOBS RUNNING', 'INDEX'],
      work.map((one) => [one.environment, String(one.waiting), String(one.running), `${String(one.indexed)} %`]),
    ),
    ...(level === undefined
      ? []
      : [
          table(
            ['LOG', 'ACCESS LOG', 'SERVERS', 'UNTIL', 'BY', 'REASON'],
            [
              [
                ...[level.level ?? '', level.share === undefined ? '' : `${String(100 * level.share)} %`],
                ...[level.servers.join(' '), level.until.toISOString(), level.by, level.reason],
              ],
            ],
          ),
        ]),
    ...spread.map(({ name, facts }) => `${name}\n${nodeTable(facts)}`),
    table(['FREE ON DISK'], [[sized(free)]]),
    `${told().advice(counts)}\n`,
  ].join('\n');
}

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show the platform in one screen: servers, databases, jobs, disk, and how much dhp doctor finds',
  options: { json },
  examples: ['dhp status'],
  run: async (values) => {
    const opened = openExamined();
    if ('wrong' in opened) {
      process.stderr.write(`dhp: ${opened.wrong.found}\n`);
      return 1;
    }
    const { examine } = await import('../doctor/examine.ts');
    const examined = await examine(opened.context, opened.warnings);
    const stood = { work: await workOf(opened.context, examined), level: await levelOf(opened.context, examined) };
    if (values['json'] === true) print(asJson(examined, stood));
    else process.stdout.write(asText(examined, stood));
    return examined.servers.every(({ state }) => state === 'ready') ? 0 : 1;
  },
};
