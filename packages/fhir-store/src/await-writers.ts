/** The end of writes that began by what was known before, for builds that go over all that is stored. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { readIndexWriters } from './statements/own-parameters.ts';

/** Milliseconds between two looks at whoever still writes. */
const patience = 20;

/** Waits until those have ended who may be storing rows by what was known before, or until the work is stopped. */
export async function awaitWriters(sql: Sql, stopped: () => boolean): Promise<void> {
  let writers = await readIndexWriters(sql);
  while (writers.length > 0 && !stopped()) {
    await delay(patience);
    const left = new Set(await readIndexWriters(sql));
    writers = writers.filter((writer) => left.has(writer));
  }
}
