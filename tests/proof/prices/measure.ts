/** The cost of a search at the store's door: CPU of this process, and of the sessions of PostgreSQL that it uses. */
import { readFile } from 'node:fs/promises';
import { understandSearch } from '@dhp/search-index';
import { SearchTimeout } from '@dhp/search-index/search';
import type { FhirStore } from '@dhp/fhir-store';
import type { Sql } from '@dhp/postgres';
import type { PricedSearch } from './shapes.ts';

export interface Price {
  /** Milliseconds of CPU. */
  readonly node: number;
  readonly postgres: number;
  readonly matches: number;
  readonly total: { readonly value: number; readonly accurate: boolean } | undefined;
  /** Whether the limit of time ended it. */
  readonly ended: boolean;
}

export type Measure = (search: Omit<PricedSearch, 'kind'>) => Promise<Price>;

const everyone = (): boolean => true;
/** Times that a search is made; the first makes plans and is not counted, of the others the cheapest is. */
const times = 3;
/** Milliseconds of CPU from which on a search is not made again: its plan is the least of it. */
const plenty = 150;

/** How searches are understood here. */
export const reading = () => ({ timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false });

/** @param sql reads which sessions there are; not one of the store's */
export function measuring(store: Pick<FhirStore, 'search'>, sql: Sql): Measure {
  const sessions = async (): Promise<Map<number, number>> => {
    const rows = await sql`select pid from pg_stat_activity
      where datname = current_database() and application_name ~ '^dhp fhir (searches|walks|counts)'`;
    const pids = rows.map((row) => Number(row['pid']));
    return new Map(await Promise.all(pids.map(async (pid) => [pid, await nanoseconds(pid)] as const)));
  };
  const once = async ({ type, parameters, count, total }: Parameters<Measure>[0]): Promise<Price> => {
    const before = await sessions();
    const begun = process.cpuUsage();
    const { query } = understandSearch({ type }, parameters, reading());
    const page = await store.search({ query, access: everyone, count, total }).catch((error: unknown) => {
      if (error instanceof SearchTimeout) return undefined;
      throw error;
    });
    const { user, system } = process.cpuUsage(begun);
    const after = await sessions();
    const spent = [...after].reduce((sum, [pid, at]) => sum + Math.max(0, at - (before.get(pid) ?? at)), 0);
    return {
      ...{ node: (user + system) / 1e3, postgres: spent / 1e6, matches: page?.matches.length ?? 0 },
      ...{ total: page?.total, ended: page === undefined },
    };
  };
  return async (search) => {
    let least = await once(search);
    for (let n = 1; n < times && least.postgres + least.node < plenty; n += 1) {
      const next = await once(search);
      if (n === 1 || next.node + next.postgres < least.node + least.postgres) least = next;
    }
    return least;
  };
}

/** proc_pid_schedstat(5): nanoseconds on a processor come first. */
async function nanoseconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/schedstat`, 'latin1').catch(() => '0');
  return Number.parseInt(text, 10);
}
