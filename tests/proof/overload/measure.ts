/** A platform that gets three times what it can answer, of which one client sends most, beside what it can answer. */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cpuTime, type Watched } from '../../../bench/cpu.ts';
import { patient } from '../../../bench/patient.ts';
import { fhirAt, hasStatus } from '../../fhir.ts';
import { getToken, openHome, type Home, type Platform } from '../../platform.ts';
import type { Order, Outcome, Sender } from './generator.ts';

export interface Lasts {
  /** Which server gets too much; default: the FHIR server. */
  readonly of?: 'fhir' | 'sso';
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
  { of = 'fhir', rounds, capacity, overload, connections = { most: 1_500, few: 300 } }: Lasts,
  onRound: (round: Round) => void = () => undefined,
  settings: Readonly<Record<string, string>> = {},
): Promise<Round[]> {
  const apart = keepApart();
  const home = await openHome({ serves: 'sso,fhir', begins: 'migrated' });
  const generator = apart.besides(() => fork(fileURLToPath(new URL('./generator.ts', import.meta.url))));
  try {
    const platform = await apart.at(() => home.start({ ...unlimited, ...settings }));
    const to = of === 'fhir' ? await fhirLoad(home, platform) : await ssoLoad(home, platform);
    const watched = { server: platform.pid, postmaster: await home.postmaster() };
    const measured: Round[] = [];
    let serial = 0;
    const ask = (loop: Order['loop'], amount: (name: keyof typeof shares) => number, duration: number) => {
      const order: Order = {
        ...{ port: Number(to.base.port), path: to.base.pathname, hello: to.hello, ids: to.ids },
        ...{ loop, connections, duration, warmUp: duration / 4 },
        senders: to.senders.map((sender) => ({ ...sender, amount: amount(sender.name as keyof typeof shares) })),
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

/** Where requests go, and what they are made of. */
interface Load extends Pick<Order, 'hello' | 'ids' | 'senders'> {
  readonly base: URL;
}

/** Each comes from a network of its own. */
const addressOf = (n: number): string => `127.0.${String(n + 1)}.1`;

async function fhirLoad(home: Home, { urls }: Platform): Promise<Load> {
  const base = new URL(urls.playground);
  const senders: Sender[] = [];
  for (const [n, name] of Object.keys(shares).entries()) {
    const token = await getToken(urls.sso, await home.createClient());
    senders.push({ name, who: { token }, from: addressOf(n), amount: 0 });
  }
  const { token } = senders[0]!.who as { token: string };
  return { base, senders, hello: `OPTIONS ${base.pathname}/Patient`, ids: await patientsAt(base.href, token) };
}

async function ssoLoad(home: Home, { urls }: Platform): Promise<Load> {
  const redirect = 'https://clinic.example/back';
  const app = await home.json<{ client_id: string }>([
    ...['client', 'create', '--name', 'Pages', '--public', '--grant', 'authorization_code', '--scope', 'openid'],
    ...['--redirect-uri', redirect],
  ]);
  const query = new URLSearchParams({
    ...{
      client_id: app.client_id,
      response_type: 'code',
      redirect_uri: redirect,
      scope: 'openid',
      state: 'x'.repeat(16),
    },
    ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
  });
  const senders: Sender[] = [];
  for (const [n, name] of Object.keys(shares).entries()) {
    const { client_id, client_secret } = await home.createClient();
    await getToken(urls.sso, { client_id, client_secret });
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString();
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
    const who = { form, basic, authorize: `/oauth/authorize?${query.toString()}` };
    senders.push({ name, who, from: addressOf(n), amount: 0 });
  }
  return { base: new URL(urls.sso), senders, hello: 'GET /oauth/jwks', ids: [''] };
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
