/** PgBouncer dies while clients write through it, and is started again. */
import { setTimeout as delay } from 'node:timers/promises';
import { startPgBouncer, testServer, withoutPgBouncer, type PgBouncer } from '@dhp/postgres/testing';
import { settings } from '../../../apps/dhp/src/settings.ts';
import { fhirAt } from '../../fhir.ts';
import { inSeconds, outage, platformOn, startWriting, type Outcome, type Scenario } from './scenario.ts';

/** Milliseconds of writing before each kill, and for which PgBouncer is away. */
const before = 4_000;
const away = 3_000;
const kills = 3;

export const poolerKilled: Scenario = {
  name: 'pooler',
  fault: `kill -9 of PgBouncer (transaction mode), ${String(kills)} times, away for ${inSeconds(away)} each`,
  claim: 'No acknowledged write is lost, each failed request is a 503, and writes go on within 15 s of its start.',
  missing: () => {
    const without = withoutPgBouncer === false ? undefined : withoutPgBouncer;
    return Promise.resolve('DHP_DATABASE_POOLER' in settings ? without : 'This version has no DHP_DATABASE_POOLER');
  },
  async run(): Promise<Outcome> {
    const server = await testServer();
    const bouncer = await startPgBouncer(server);
    try {
      return await throughPooler(server, bouncer);
    } finally {
      await bouncer.close();
    }
  },
};

async function throughPooler(server: string, bouncer: PgBouncer): Promise<Outcome> {
  const { home, platform, token } = await platformOn(server, {
    DHP_DATABASE_POOLER: `127.0.0.1:${String(bouncer.port)}`,
  });
  try {
    const base = platform.urls.playground;
    const writing = startWriting(base, token);
    let slowest = 0;
    for (let n = 0; n < kills; n += 1) {
      await delay(before);
      await bouncer.kill();
      await delay(away);
      const meanwhile = writing.acknowledged();
      await bouncer.start();
      const started = performance.now();
      while (writing.acknowledged() < meanwhile + 100 && performance.now() - started < 30_000) await delay(20);
      slowest = Math.max(slowest, performance.now() - started);
    }
    const refused = await writing.stop();
    const { resources, unacknowledged } = await writing.check(fhirAt(base, token));
    const statuses = [...new Set(refused.map(({ status }) => status ?? 'no answer'))].join(', ');
    return {
      holds: refused.length > 0 && refused.every(({ status }) => status === 503) && slowest < 15_000,
      said:
        `${String(writing.acknowledged())} acknowledged writes of ${String(resources)} resources are all there; ${String(refused.length)} requests failed (${statuses || 'none'}) ` +
        `within ${inSeconds(outage(refused))}, ${String(unacknowledged)} of them had been committed; writing again ${inSeconds(slowest)} after the start at the latest.`,
    };
  } finally {
    await home.close();
  }
}
