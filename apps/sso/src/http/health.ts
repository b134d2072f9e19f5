import type { FastifyInstance } from 'fastify';
import { createDurableCheck, schemaState, type Sql } from '@dhp/postgres';
import type { KeyRing } from '../keys/key-ring.ts';

/** Longer than a healthy database ever takes, shorter than a load balancer waits. */
const patience = 2000;

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, so a load balancer may send it requests. Beside newer migrations that are
 * additive it stays ready; otherwise the check `database` says what keeps the schema and this program apart.
 */
export function addHealth(
  app: FastifyInstance,
  { sql, keys, migrations }: { sql: Sql; keys: KeyRing; migrations: { directory: URL; schema: string } },
): void {
  const isDurable = createDurableCheck(sql);
  app.get('/healthz', (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (request, reply) => {
    const database = await withPatience(schemaState(sql, migrations)).then(
      (state) => (state.kind === 'current' ? 'ok' : state.sentence),
      (error: unknown) => {
        request.log.warn(error);
        return 'unreachable';
      },
    );
    const commits = await isDurable().then(
      () => 'ok',
      (error: unknown) => {
        request.log.warn(error);
        return 'not confirmed';
      },
    );
    const signingKeys = keys.keys.length > 0 ? 'ok' : 'missing';
    const ready = database === 'ok' && commits === 'ok' && signingKeys === 'ok';
    return reply
      .code(ready ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status: ready ? 'ready' : 'not ready', checks: { database, commits, signingKeys } });
  });
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`The database did not answer in ${String(patience)} ms`)), patience);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
