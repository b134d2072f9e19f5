/** A production with synthetic patients and the policies that a new one begins with, a process of its own for jobs, and clocks of all that takes part. */
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuTime } from '../../../bench/cpu.ts';
import { unlimited } from '../../../bench/subject.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from '../../platform.ts';
import { gone, servers } from '../../processes.ts';

/** Seconds of CPU. */
export interface Cpu {
  /** Of the process that does jobs. */
  readonly worker: number;
  /** Of `dhp start` and of all other servers. */
  readonly others: number;
  readonly postgres: number;
}

export interface Ground {
  readonly home: Home;
  readonly platform: Platform;
  /** The base URL of the production. */
  readonly base: string;
  readonly client: Credentials;
  /** The process that does jobs. */
  readonly worker: number;
  token(): Promise<string>;
  cpu(): Promise<Cpu>;
  close(): Promise<void>;
}

export const environment = { ...unlimited, DHP_PRODUCTION: 'on', DHP_JOBS: 'process', DHP_IF_MATCH: 'optional' };

/** A data directory with its databases; nothing runs yet. */
export async function openProduction(): Promise<Home> {
  const home = await openHome({ serves: 'sso,fhir', environment });
  const { code, stderr } = await home.run(['migrate']);
  if (code !== 0) throw new Error(stderr);
  await atAnEnd(home);
  return home;
}

/** Adds patients until there are so many. @returns how many resources were stored */
export async function seedProduction(home: Home, patients: number): Promise<number> {
  const { resources } = await home.json<{ resources: number }>([
    ...['seed', '--patients', String(patients)],
    ...['--environment', 'production', '--synthetic-in-production'],
  ]);
  await atAnEnd(home);
  return resources;
}

/** Until the database has ended, too: what begins meanwhile does not reach it. */
async function atAnEnd(home: Home): Promise<void> {
  const postmaster = await home.postmaster();
  if (postmaster !== undefined) await gone(postmaster, 60_000);
}

/** Starts it: all processes are new. @param settings beside those of every measurement */
export async function startProduction(home: Home, settings: Readonly<Record<string, string>> = {}): Promise<Ground> {
  const platform = await home.start(settings);
  const client = await home.createClient('production', 'system/*.cruds');
  const postmaster = await home.postmaster();
  const worker = await workerOf(platform.pid);
  return {
    ...{ home, platform, base: platform.urls.production!, client, worker },
    token: () => getToken(platform.urls.sso, client),
    async cpu() {
      const [all, own] = await Promise.all([
        cpuTime({ server: platform.pid, postmaster }),
        cpuTime({ server: worker }),
      ]);
      if (all?.server === undefined || all.postgres === undefined || own?.server === undefined)
        throw new Error('the system does not tell of the CPU of processes');
      return { worker: own.server, others: all.server - own.server, postgres: all.postgres };
    },
    close: async () => {
      await platform.end('SIGTERM');
      await atAnEnd(home);
    },
  };
}

/**
 * The priority of the process for jobs: as it is beside writers, or that of others, so that what others do on the machine holds it up for less long. CPU time is
 * the same.
 */
export function prioritize({ worker }: Ground, priority: 'of jobs' | 'of others'): void {
  setPriority(worker, priority === 'of jobs' ? lowered : 0);
}

const lowered = 10;

/** The process for jobs is the one of lower priority; it is started behind the others. */
async function workerOf(supervisor: number): Promise<number> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    for (const pid of (await servers(supervisor)).get('production') ?? []) {
      const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => '');
      if (stat.split(') ')[1]?.split(' ')[16] === String(lowered)) return pid;
    }
    await delay(50);
  }
  throw new Error('the process for jobs did not start');
}

export function spent(before: Cpu, after: Cpu): Cpu {
  return {
    worker: after.worker - before.worker,
    others: after.others - before.others,
    postgres: after.postgres - before.postgres,
  };
}

export const totalOf = ({ worker, others, postgres }: Cpu): number => worker + others + postgres;
