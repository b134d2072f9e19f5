import { readFile } from 'node:fs/promises';
import type { Sql } from '@dhp/postgres';

/** Milliseconds of CPU that the sessions of stores have taken so far; undefined if Linux does not tell, or elsewhere. */
export async function postgresCpu(sql: Sql): Promise<number | undefined> {
  const sessions = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = current_database() and application_name like 'dhp fhir%'`;
  const times = await Promise.all(
    sessions.map(({ pid }) => readFile(`/proc/${pid}/schedstat`, 'latin1').catch(() => undefined)),
  );
  if (times.length === 0 || times.some((time) => time === undefined)) return undefined;
  return times.reduce((sum, time) => sum + Number(time!.split(' ')[0]), 0) / 1e6;
}
