/**
 * A server of `dhp start` within its process, in the place of `apps/dhp/src/processes/server-process.ts`: what it opens, serves and closes is the same.
 * For platforms that others follow in one process (kept-program.ts); what belongs to processes is refused.
 */
import type { Assigned } from '../../apps/dhp/src/servers/assigned.ts';
import type { Assignment, Ready } from '../../apps/dhp/src/processes/messages.ts';
import type { Ended, ProcessOptions, ServerProcess } from '../../apps/dhp/src/processes/server-process.ts';
import type { RunningServer } from '../../apps/dhp/src/servers/running.ts';

/** Settings of a whole process: with them a test has processes of its own. */
const ofProcesses = ['DHP_METRICS_PORT', 'DHP_SLOW_STATEMENT_MS', 'DHP_TRACES', 'DHP_JOBS', 'DHP_WORKERS'];

export const usualPatience = { spared: 10_000, killed: 50_000 };

export function startProcess({ server, progress, pools }: ProcessOptions): ServerProcess {
  const ended = Promise.withResolvers<Ended>();
  let opening: Promise<RunningServer> | undefined;
  let running: RunningServer | undefined;
  let isStopping = false;

  async function open(assignment: Assignment, go: Promise<unknown>): Promise<RunningServer> {
    const { assigned } = await import('../../apps/dhp/src/servers/assigned.ts');
    const borrow: Parameters<typeof assigned>[1]['borrow'] = (loan) =>
      Promise.resolve(pools.lend(loan, performance.now()));
    return openers[server](assigned(assignment, { progress, borrow }), assignment, go);
  }

  async function close(drain: number): Promise<void> {
    const opened = await opening?.catch(() => undefined);
    await opened?.close(drain);
    ended.resolve({ how: 'exit code 0' });
  }

  return {
    pid: process.pid,
    get isReady() {
      return running !== undefined && !isStopping;
    },
    waiting: 0,
    accept: (socket) => (running === undefined ? void socket.destroy() : running.accept(socket)),
    async serve(assignment, after) {
      refuse(assignment);
      opening = open(assignment, after ?? Promise.resolve());
      try {
        running = await opening;
        return running.ready;
      } catch (error) {
        const { name, message } = error as Error;
        ended.resolve({ how: 'exit code 1', failure: { name, message, isTemporary: false } });
        return new Promise<Ready>(() => undefined);
      }
    },
    metrics: () => Promise.resolve(undefined),
    // Of a whole process, as metrics are: what it logs stays as the settings say.
    log: () => undefined,
    stop(drain) {
      isStopping = true;
      void close(drain);
    },
    kill: () => ended.resolve({ how: 'SIGKILL' }),
    ended: ended.promise,
  };
}

type Open = (context: Assigned, assignment: Assignment, go: Promise<unknown>) => Promise<RunningServer>;

const openFhir: Open = async (context, assignment, go) => {
  const { openFhirServer } = await import('../../apps/dhp/src/servers/fhir.ts');
  return openFhirServer(context, assignment, go);
};

const openers: Readonly<Record<Assignment['server'], Open>> = {
  sso: async (context, assignment) =>
    (await import('../../apps/dhp/src/servers/sso.ts')).openSsoServer(context, assignment),
  portal: async (context, assignment) =>
    (await import('../../apps/dhp/src/servers/portal.ts')).openPortalServer(context, assignment),
  playground: openFhir,
  production: openFhir,
};

function refuse({ settings }: Assignment): void {
  const given = ofProcesses.filter((name) => settings[name] !== undefined);
  if (given.length > 0) throw new Error(`a platform of a kept program cannot have ${given.join(', ')}`);
}
