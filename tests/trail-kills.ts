/** Kills processes of a platform while clients send requests, and checks that all answered requests have records. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl, startEmbedded, type Sql } from '@dhp/postgres';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';
import { processOf } from './proof/process-memory.ts';
import { hasAllKinds, startTrailLoad, withoutRecords, type Answered } from './trail-load.ts';

/** server: the process that serves the playground; platform: all at once; database: the embedded PostgreSQL. */
export type Victim = 'server' | 'platform' | 'database';

export interface Round {
  readonly victim: Victim;
  /** Requests answered from the start of the round to the kill and after it, and failed requests. */
  readonly answered: number;
  readonly failed: number;
  /** Whether each kind of request is among them. */
  readonly kinds: boolean;
}

export interface Killed {
  readonly rounds: readonly Round[];
  /** Answered requests without their records. */
  readonly missing: readonly Answered[];
  readonly records: number;
  /** The words of `dhp audit verify` at the end. */
  readonly verified: string;
}

/** Milliseconds after which a busy machine is not waited for any longer. */
const patience = 90_000;

/** @param o.enough answered requests before a kill, and again after it */
export async function killWhileAsked(o: {
  readonly clients: number;
  readonly kills: readonly Victim[];
  readonly enough: number;
  readonly onRound?: (round: Round) => void;
}): Promise<Killed> {
  const place = await openHome({
    begins: 'migrated',
    serves: 'sso,fhir',
    environment: { DHP_AUDIT: 'on', DHP_FHIR_CLIENT_RATE: '0' },
  });
  try {
    let platform = await place.start();
    const rounds: Round[] = [];
    const answered: Answered[] = [];
    for (const victim of o.kills) {
      const round = await oneRound(place, platform, victim, o);
      platform = round.platform;
      answered.push(...round.answered);
      const told = {
        victim,
        answered: round.answered.length,
        failed: round.failed,
        kinds: hasAllKinds(round.answered),
      };
      rounds.push(told);
      o.onRound?.(told);
    }
    const { missing, records } = await inTrail(place, async (sql) => {
      const [row] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.audit_record`;
      return { missing: await withoutRecords(sql, answered), records: row!.n };
    });
    const { stdout, stderr } = await place.run(['audit', 'verify']);
    return { rounds, missing, records, verified: stdout + stderr };
  } finally {
    await place.close();
  }
}

async function oneRound(
  place: Home,
  before: Platform,
  victim: Victim,
  { clients, enough }: { readonly clients: number; readonly enough: number },
): Promise<{ platform: Platform; answered: readonly Answered[]; failed: number }> {
  const token = await getToken(before.urls.sso, before.demo!, 'system/*.cruds');
  const narrow = await getToken(before.urls.sso, before.demo!, 'system/Observation.rs');
  const load = startTrailLoad(before.urls.playground, { clients, token, narrow });
  await untilAnswered(load.answered, () => load.answered.length >= enough && hasAllKinds(load.answered));
  const platform = await kill(place, before, victim);
  const reached = load.answered.length;
  await untilAnswered(load.answered, () => load.answered.length >= reached + enough / 2);
  await load.stop();
  return { platform, answered: load.answered, failed: load.failed() };
}

async function untilAnswered(answered: readonly Answered[], isEnough: () => boolean): Promise<void> {
  const deadline = Date.now() + patience;
  while (!isEnough()) {
    if (Date.now() > deadline) throw new Error(`only ${String(answered.length)} requests were answered`);
    await delay(20);
  }
}

async function kill(place: Home, platform: Platform, victim: Victim): Promise<Platform> {
  const postmaster = await place.postmaster();
  if (postmaster === undefined) throw new Error('found no embedded PostgreSQL');
  if (victim === 'server') {
    process.kill(await processOf(platform.pid, 'playground'), 'SIGKILL');
    return platform;
  }
  if (victim === 'database') {
    process.kill(postmaster, 'SIGKILL');
    return platform;
  }
  await platform.end('SIGKILL');
  if (!(await gone(postmaster, 60_000))) throw new Error('PostgreSQL outlived the platform');
  return place.start();
}

async function inTrail<T>(place: Home, work: (sql: Sql) => Promise<T>): Promise<T> {
  const { url } = await startEmbedded({ directory: join(place.data, 'postgres'), attach: true });
  const sql = connect(databaseUrl(url, 'dhp_playground'), { max: 1 });
  return work(sql).finally(() => sql.end());
}
