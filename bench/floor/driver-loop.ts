/** Without pgbench: N connections of the driver in this process, with one statement in flight on each. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@dhp/postgres';
import { cpuTime, type Watched } from '../cpu.ts';
import { cpuOf, type Run } from '../load/measure.ts';
import type { FloorJob } from './pgbench.ts';

/** Runs the same statements as pgbench; its CPU use is higher, so this baseline is lower. */
export async function driverLoop(job: FloorJob, watched: Watched): Promise<Run> {
  const sql = connect(job.url, { max: job.connections, maxPipeline: 1 });
  let count = 0;
  let isOver = false;
  const one = (): Promise<unknown> =>
    job.script === 'select'
      ? sql`select content from floor where id = ${1 + Math.floor(Math.random() * job.rows)}`
      : sql`insert into floor (content) values (${job.content})`;
  const worker = async (): Promise<void> => {
    while (!isOver) {
      await one();
      count += 1;
    }
  };
  try {
    const workers = Promise.all(Array.from({ length: job.connections }, worker));
    await Promise.race([delay(500), workers]);
    const [before, counted, started] = [await cpuTime(watched), count, performance.now()];
    await Promise.race([delay(job.seconds * 1000), workers]);
    const requests = count - counted;
    const seconds = (performance.now() - started) / 1000;
    const after = await cpuTime(watched);
    isOver = true;
    await workers;
    return { perSecond: requests / seconds, errors: 0, ...cpuOf(requests, before, after) };
  } finally {
    isOver = true;
    await sql.end({ timeout: 5 });
  }
}
