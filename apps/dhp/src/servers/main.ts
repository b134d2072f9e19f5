/**
 * The process of one server, started by `dhp start`: it gets its assignment and connections, and ends on request or when `dhp start` has
 * ended. Signals of the terminal or of a service manager reach it too; they are for `dhp start`, which tells all servers when to stop.
 */
import '../module-paths.ts';
import type { Socket } from 'node:net';
import type { Lent, Loan } from '@dhp/rate-limit';
import { createLogControl } from '../log/control.ts';
import type { Assigned } from './assigned.ts';
import type { ProcessMetrics } from '../metrics/process-metrics.ts';
import type { RunningServer } from './running.ts';
import type { Assignment, FromServer, ServerName, ToServer } from '../processes/messages.ts';
import { sendProgress } from '../processes/remote-progress.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Whatever ended `dhp start`, the embedded database ends with it, and the next start must find no competing process.
process.once('disconnect', () => process.exit(1));

const name = process.argv[2] as ServerName;
const log = createLogControl(name);
type Open = (assignment: Assignment) => Promise<RunningServer>;

async function load(): Promise<Open> {
  const { assigned } = await import('./assigned.ts');
  const parts = (assignment: Assignment): Assigned =>
    assigned(assignment, { progress: sendProgress(tell), borrow, log, ...(metrics && { metrics }) });
  if (name === 'sso') {
    const { openSsoServer } = await import('./sso.ts');
    return (assignment) => openSsoServer(parts(assignment), assignment);
  }
  if (name === 'portal') {
    const { openPortalServer } = await import('./portal.ts');
    return (assignment) => openPortalServer(parts(assignment), assignment);
  }
  const { openFhirServer } = await import('./fhir.ts');
  return (assignment) => openFhirServer(parts(assignment), assignment, go.promise);
}

/** Loans that are requested. */
const loans = new Map<number, (lent: Lent) => void>();
let lastLoan = 0;
const borrow = (loan: Loan): Promise<Lent> =>
  new Promise((resolve) => {
    const id = (lastLoan += 1);
    loans.set(id, resolve);
    tell({ kind: 'borrow', id, loan });
  });

let server: RunningServer | undefined;
let metrics: ProcessMetrics | undefined;
let endTracing: (() => Promise<void>) | undefined;
let isStopping = false;
/** Resolves when the server may serve. */
const go = Promise.withResolvers<undefined>();

process.on('message', (message: ToServer, socket?: Socket) => {
  if (message.kind === 'serve') {
    if (!message.waits) go.resolve(undefined);
    void serve(message.assignment);
  } else if (message.kind === 'go') go.resolve(undefined);
  else if (message.kind === 'lent') {
    loans.get(message.id)?.(message.lent);
    loans.delete(message.id);
  } else if (message.kind === 'measure') void measure(message.id);
  else if (message.kind === 'log') log.change(message.change);
  else if (message.kind === 'stop') void stop(message.drain);
  else {
    tell({ kind: 'taken' });
    // Absent when the caller has gone meanwhile.
    if (server === undefined) socket?.destroy();
    else if (socket !== undefined) server.accept(socket);
  }
});
// While the database starts, the program is loaded.
const loading = load();
loading.catch(() => undefined);

function tell(message: FromServer): void {
  process.send?.(message, undefined, {}, () => undefined);
}

async function serve(assignment: Assignment): Promise<void> {
  try {
    const [open] = await Promise.all([loading, keepTime(assignment)]);
    metrics = await metricsFor(assignment);
    await logSlow(assignment);
    endTracing = await traceTo(assignment);
    server = await open(assignment);
    if (!isStopping) tell({ kind: 'ready', ready: server.ready });
  } catch (error) {
    const { startFailure } = await import('./start-failure.ts');
    process.send?.(startFailure(error), undefined, {}, () => process.exit(1));
  }
}

/** For a server with a database, whose clock it shares. */
async function keepTime({ databaseUrl }: Assignment): Promise<void> {
  if (databaseUrl === undefined) return;
  const [steady, { toStandardError }] = await Promise.all([
    import('../processes/steady-clock.ts'),
    import('../access-log.ts'),
  ]);
  await steady.keepTime({ name, databaseUrl, write: toStandardError });
}

/** It must come before anything is opened, since earlier connections are not measured. */
async function metricsFor({ settings, worker }: Assignment): Promise<ProcessMetrics | undefined> {
  if (settings['DHP_METRICS_PORT'] === undefined) return undefined;
  const { openProcessMetrics } = await import('../metrics/process-metrics.ts');
  return openProcessMetrics({ server: name, process: String(worker) });
}

/** As metrics: before the pools are opened. */
async function logSlow({ settings, databaseUrl }: Assignment): Promise<void> {
  const threshold = settings['DHP_SLOW_STATEMENT_MS'];
  if (threshold === undefined || databaseUrl === undefined) return;
  const [{ logSlowStatements }, { toStandardError }] = await Promise.all([
    import('../slow-statements.ts'),
    import('../access-log.ts'),
  ]);
  logSlowStatements({ name, threshold: Number(threshold), databaseUrl, write: toStandardError });
}

/** As metrics: before anything is opened. */
async function traceTo({ settings, worker }: Assignment): Promise<(() => Promise<void>) | undefined> {
  const { DHP_TRACES: url, DHP_TRACES_SHARE: percent = '1%' } = settings;
  if (url === undefined) return undefined;
  const [{ openTracing }, { share }, { toStandardError }] = await Promise.all([
    import('../tracing.ts'),
    import('../settings/values.ts'),
    import('../access-log.ts'),
  ]);
  return openTracing({ server: name, process: String(worker), url, share: share(percent), write: toStandardError });
}

async function measure(id: number): Promise<void> {
  const read = await metrics?.read();
  tell({ kind: 'measured', id, ...(read && { metrics: read }) });
}

async function stop(drain: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await server?.close(drain);
  await endTracing?.();
  process.exit(0);
}
