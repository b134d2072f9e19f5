/** Waiting for writes that began under earlier definitions, for builds that go over all stored resources. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { readIndexWriters } from './statements/own-parameters.ts';

/** Milliseconds between two checks of the writers still active. */
const patience = 20;

/** Waits until all writers that may store rows under earlier definitions have ended, or until the work is stopped. */
export async function awaitWriters(sql: Sql, stopped: () => boolean): Promise<void> {
  let writers = await readIndexWriters(sql);
  while (writers.length > 0 && !stopped()) {
    await delay(patience);
    const left = new Set(await readIndexWriters(sql));
    writers = writers.filter((writer) => left.has(writer));
  }
}
