/** A platform that gets three times what it can answer, of which one client sends most, beside what it can answer. */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cpuTime, type Watched } from '../../../bench/cpu.ts';
import { patient } from '../../../bench/patient.ts';
import { fhirAt, hasStatus } from '../../fhir.ts';
import { getToken, openHome } from '../../platform.ts';
import type { Order, Outcome, Sender } from './generator.ts';

export interface Lasts {
  readonly rounds: number;
  /** Milliseconds of each measurement of what can be answered, and of what is answered then. */
  readonly capacity: number;
  readonly overload: number;
  /** Default: as many as are never lacking. */
  readonly connections?: Order['connections'];
}

export interface Round {
  /** Right answers a second. */
  readonly capacity: number;
  /** CPU time of the servers and of PostgreSQL for a right answer while all are answered, and while most are refused, in microseconds; NaN where it is not told. */
  readonly cost: { readonly before: number; readonly overloaded: number };
  readonly seconds: number;
  readonly outcomes: readonly Outcome[];
}

/** Shares of what can be answered that each client sends: together three times that, and all but the first less than half of a quarter. */
export const shares = { greedy: 2.7, hospital: 0.1, clinic: 0.1, laboratory: 0.1 } as const;

const unlimited = {
  ...{ DHP_SSO_CLIENT_RATE: '0', DHP_SSO_ADDRESS_RATE: '0', DHP_FHIR_CLIENT_RATE: '0', DHP_FHIR_ADDRESS_RATE: '0' },
  ...{ DHP_ADDRESS_CONNECTIONS: '0', DHP_CONNECTIONS: '0' },
  // As in production.
  ...{ DHP_AUDIT: 'on', DHP_CONCURRENCY: '256' },
};

/** @param settings of the platform, beside those that lift the quotas */
export async function measureOverload(
  { rounds, capacity, overload, connections = { most: 1_500, few: 300 } }: Lasts,
  onRound: (round: Round) => void = () => undefined,
  settings: Readonly<Record<string, string>> = {},
): Promise<Round[]> {
  const apart = keepApart();
  const home = await openHome({ serves: 'sso,fhir', begins: 'migrated' });
  const generator = apart.besides(() => fork(fileURLToPath(new URL('./generator.ts', import.meta.url))));
  try {
    const platform = await apart.at(() => home.start({ ...unlimited, ...settings }));
    const base = new URL(platform.urls.playground);
    const senders = await sendersOf(() => home.createClient(), platform.urls.sso);
    const ids = await patientsAt(base.href, senders[0]!.token);
    const watched = { server: platform.pid, postmaster: await home.postmaster() };
    const measured: Round[] = [];
    let serial = 0;
    const ask = (loop: Order['loop'], amount: (name: keyof typeof shares) => number, duration: number) => {
      const order: Order = {
        ...{ port: Number(base.port), path: base.pathname, loop, ids, connections, duration, warmUp: duration / 4 },
        senders: senders.map((sender) => ({ ...sender, amount: amount(sender.name as keyof typeof shares) })),
        serial: (serial += 100_000_000),
      };
      return outcomesOf(generator, order);
    };
    for (let n = 0; n < rounds; n += 1) {
      const [can, before] = await withCost(() => ask('closed', () => 32, capacity), watched);
      const perSecond = (1000 * can.reduce((sum, { inTime }) => sum + inTime, 0)) / capacity;
      const load = (): Promise<readonly Outcome[]> => ask('open', (name) => shares[name] * perSecond, overload);
      const [outcomes, overloaded] = await withCost(load, watched);
      const round = { capacity: perSecond, cost: { before, overloaded }, seconds: overload / 1000, outcomes };
      measured.push(round);
      onRound(round);
    }
    return measured;
  } finally {
    generator.kill();
    await home.close();
  }
}

/** @returns what it was, and microseconds of CPU for each right answer, those outside of the time that is counted included */
async function withCost(
  work: () => Promise<readonly Outcome[]>,
  watched: Watched,
): Promise<[readonly Outcome[], number]> {
  const before = await cpuTime(watched);
  const outcomes = await work();
  const after = await cpuTime(watched);
  const spent = (part: 'server' | 'postgres'): number => (after?.[part] ?? NaN) - (before?.[part] ?? NaN);
  const answers = outcomes.reduce((sum, { right }) => sum + right, 0);
  return [outcomes, (1e6 * (spent('server') + spent('postgres'))) / answers];
}

async function sendersOf(
  createClient: () => ReturnType<Awaited<ReturnType<typeof openHome>>['createClient']>,
  sso: string,
): Promise<Sender[]> {
  const senders: Sender[] = [];
  for (const name of Object.keys(shares))
    senders.push({ name, token: await getToken(sso, await createClient()), amount: 0 });
  return senders;
}

async function patientsAt(base: string, token: string): Promise<string[]> {
  const ask = fhirAt(base, token);
  const ids = Array.from({ length: 200 }, (_, n) => `overload-${String(n)}`);
  for (const [n, id] of ids.entries()) hasStatus(await ask('PUT', `Patient/${id}`, patient(n, 0, id)), 201);
  return ids;
}

async function outcomesOf(generator: ChildProcess, order: Order): Promise<readonly Outcome[]> {
  generator.send(order);
  const [{ outcomes, error }] = (await once(generator, 'message')) as [{ outcomes?: Outcome[]; error?: string }];
  if (outcomes === undefined) throw new Error(`the requests could not be sent: ${String(error)}`);
  return outcomes;
}

/**
 * Processors of the platform and of who sends: on the same ones the requests would take from what can be answered. What is started inherits
 * those of this process.
 */
function keepApart(): { at<T>(start: () => Promise<T>): Promise<T>; besides<T>(start: () => T): T } {
  const last = availableParallelism() - 1;
  const allow = (list: string): void => {
    try {
      execFileSync('taskset', ['-apc', list, String(process.pid)], { stdio: 'ignore' });
    } catch {
      // Without it they share all.
    }
  };
  const all = `0-${String(last)}`;
  const begins = (list: string): void => {
    if (last > 0) allow(list);
  };
  return {
    async at(start) {
      begins(last > 1 ? `0-${String(last - 1)}` : '0');
      try {
        return await start();
      } finally {
        begins(all);
      }
    },
    besides(start) {
      begins(String(last));
      try {
        return start();
      } finally {
        begins(all);
      }
    },
  };
}
