/** A fault that is made on purpose, what must hold meanwhile and afterwards, and what came out. */
import { randomBytes } from 'node:crypto';
import { connect, databaseUrl } from '@dhp/postgres';
import { fhirAt, type Ask } from '../../fhir.ts';
import { acknowledgedIn, checkAll, keepWriting, type Refused, type Written } from '../../ledger.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from '../../platform.ts';

export interface Scenario {
  /** As `--only` takes it. */
  readonly name: string;
  /** The fault, in a few words. */
  readonly fault: string;
  /** The claim to be proved, in one sentence. */
  readonly claim: string;
  /** Why it cannot run on this machine; absent if it can. */
  readonly missing?: () => Promise<string | undefined>;
  /** Milliseconds after which it counts as one that the platform did not survive, where it lasts longer than others. */
  readonly longest?: number;
  run(): Promise<Outcome>;
}

export interface Outcome {
  readonly holds: boolean;
  /** The measurement, in one or two sentences. */
  readonly said: string;
}

/** A platform whose databases are on a server that the scenario has, and not on the embedded one. */
export async function platformOn(
  url: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ home: Home; platform: Platform; token: string; client: Credentials }> {
  const database = `dhp_proof_${randomBytes(4).toString('hex')}`;
  const admin = connect(url, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  const home = await openHome({
    environment: {
      DATABASE_URL: databaseUrl(url, database),
      DHP_SECRET_KEY: randomBytes(32).toString('base64'),
      ...environment,
    },
  });
  try {
    const platform = await home.start();
    const client = await home.createClient();
    const token = await getToken(platform.urls.sso, client);
    return { home, platform, token, client };
  } catch (error) {
    await home.close();
    throw error;
  }
}

export interface Writing {
  readonly acknowledged: () => number;
  /** Ends the writers. @returns the requests that failed, oldest first */
  stop(): Promise<readonly Refused[]>;
  /** Looks for everything that was written. Rejects when something acknowledged is not there. @returns resources, and unacknowledged writes that are there */
  check(ask: Ask): Promise<{ readonly resources: number; readonly unacknowledged: number }>;
}

/** Writers at one FHIR endpoint, sixteen if nothing else is said, until they are stopped. */
export function startWriting(base: string, token: string, count = 16): Writing {
  const logs = Array.from({ length: count }, (): Written[] => []);
  let isOver = false;
  const ask = fhirAt(base, token);
  const writers = Promise.all(logs.map((log, n) => keepWriting(ask, `w${n}`, log, () => isOver)));
  writers.catch(() => undefined); // told by `stop`
  return {
    acknowledged: () => acknowledgedIn(logs),
    async stop() {
      isOver = true;
      return (await writers).flat().sort((a, b) => a.at - b.at);
    },
    async check(again) {
      return { resources: logs.flat().length, unacknowledged: await checkAll(again, logs) };
    },
  };
}

/** Seconds with one digit. */
export const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** From the first request that failed to the end of the last one that did, in milliseconds. */
export function outage(refused: readonly Refused[]): number {
  const [first] = refused;
  if (first === undefined) return 0;
  return Math.max(...refused.map(({ at, took }) => at + took)) - first.at;
}
