/** `dhp job list|show|cancel|retry`: work that runs beside requests. docs/jobs.md */
import { insertAuditEvents } from '@dhp/audit';
import type { ListedJob, listIndexJobs } from '@dhp/fhir-store/jobs';
import { connect, type Sql } from '@dhp/postgres';
import { operatingSystemUser } from '@dhp/sso-kit';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { openContext, withSsoDatabase } from '../context.ts';
import { environmentOf, environmentOption, withEnvironment } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';
import { results } from '../results.ts';
import { card, print, table } from '../output.ts';
import { reason, reasonOf } from './shared.ts';

/** Loaded when the command runs: the help does not need it. */
const jobs = async () => import('@dhp/fhir-store/jobs');

/** Jobs of one list. */
const limit = 1_000;
/** Days after which a job is removed that nobody has ended. */
const days = 1;

const json: Option = { type: 'boolean', help: 'print one JSON object' };
const options = { environment: environmentOption, json };

function work<Result>(values: Values, act: (sql: Sql) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  return withEnvironment(context, environmentOf(values), async (url) => {
    const sql = connect(url, { max: 1, applicationName: 'dhp job' });
    try {
      return await act(sql);
    } finally {
      await sql.end();
    }
  });
}

const columns = ['JOB ID', 'STATE', 'MADE', 'ATTEMPT', 'ASKED', 'CLIENT', 'ABOUT'];

const list: Command = {
  name: 'job list',
  summary: 'List jobs, the newest first',
  options,
  examples: ['dhp job list --environment production'],
  run: async (values) => {
    const { listIndexJobs, listJobs } = await jobs();
    const [all, index] = await work(values, (sql) => Promise.all([listJobs(sql, limit), listIndexJobs(sql)]));
    if (values['json'] === true) print({ jobs: all.map(asJson), index });
    else if (all.length + index.length === 0) process.stdout.write(`${results().job.none}\n`);
    else process.stdout.write(table(columns, [...index.map(indexRow), ...all.map(row)]));
    return 0;
  },
};

const show: Command = {
  name: 'job show',
  summary: 'Show a job: how far it is, and what came of it',
  argument: 'JOB_ID',
  options,
  run: async (values, id) => {
    const { listJobs } = await jobs();
    const [job] = await work(values, async (sql) => (isId(id) ? listJobs(sql, 1, id) : []));
    if (job === undefined) throw unknown(id);
    if (values['json'] === true) print(asJson(job));
    else process.stdout.write(card(asJson(job)));
    return 0;
  },
};

const cancel: Command = {
  name: 'job cancel',
  summary: 'End a job, or remove its answer; who asked for it finds it no more',
  argument: 'JOB_ID',
  options: { ...options, reason },
  examples: ["dhp job cancel 0198c0de-0000-7000-8000-000000000000 --reason 'it holds up the others'"],
  run: async (values, id) => {
    const { stopJob } = await jobs();
    const isCancelled = await work(values, async (sql) => isId(id) && stopJob(sql, id, undefined));
    if (!isCancelled) throw unknown(id);
    await record(values, 'job.cancelled', id);
    if (values['json'] === true) print({ job_id: id, cancelled: true });
    else process.stdout.write(`${results().job.cancelled({ job: id })}\n`);
    return 0;
  },
};

const retry: Command = {
  name: 'job retry',
  summary: 'Have a job tried again that has failed for a reason of the server, or waits after such a failure',
  argument: 'JOB_ID',
  options: { ...options, reason },
  examples: ["dhp job retry 0198c0de-0000-7000-8000-000000000000 --reason 'the disk has room again'"],
  run: async (values, id) => {
    const { retryJob } = await jobs();
    const isRetried = await work(values, async (sql) => isId(id) && retryJob(sql, id, days));
    if (!isRetried) throw new UsageError(results().job.notRetried({ job: id }));
    await record(values, 'job.retried', id);
    if (values['json'] === true) print({ job_id: id, retried: true });
    else process.stdout.write(`${results().job.retried({ job: id })}\n`);
    return 0;
  },
};

/** In the trail of the SSO, like other acts of the command line. */
async function record(values: Values, event: 'job.cancelled' | 'job.retried', id: string): Promise<void> {
  const [actor, why] = [`cli:${operatingSystemUser()}`, reasonOf(values)];
  const about = `${environmentOf(values)}/${id}`;
  await withSsoDatabase(openContext(silent), (sql) =>
    insertAuditEvents(sql, [
      { recorded: new Date(), event, actor, reason: why === undefined ? about : `${about}: ${why}` },
    ]),
  );
}

function isId(given: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(given);
}

function unknown(id: string): UsageError {
  return new UsageError(results().job.unknown({ job: id }));
}

/** A job that was asked to end does so within seconds. */
function stateOf({ state, stops }: ListedJob): string {
  return stops ? 'ending' : state;
}

function row(job: ListedJob): string[] {
  const { id, done, share, attempt, asked, client, about, status } = job;
  const state = status === null ? stateOf(job) : `${stateOf(job)} ${String(status)}`;
  const far = job.state === 'running' && share !== null ? `${String(Math.floor(100 * share))} %, ` : '';
  return [id, state, `${far}${(done / 1e6).toFixed(1)} MB`, String(attempt), asked.toISOString(), client, about];
}

/** Work on the search index, which all servers share and nobody can end. */
function indexRow({ kind, done, total }: Awaited<ReturnType<typeof listIndexJobs>>[number]): string[] {
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  return ['-', 'running', `${String(percent)} %`, '', '', '', `index ${kind}`];
}

function asJson(job: ListedJob): Record<string, unknown> {
  const { id, kind, about, client, priority, attempt, done, share, asked, began, expires, status } = job;
  return {
    ...{ job_id: id, state: stateOf(job), about, client_id: client, kind, priority, attempt, bytes: done },
    ...(share !== null && { share }),
    asked_at: asked.toISOString(),
    ...(began !== null && { began_at: began.toISOString() }),
    ...(status !== null && { status }),
    kept_until: expires.toISOString(),
  };
}

export const jobCommands: readonly Command[] = [list, show, cancel, retry];
