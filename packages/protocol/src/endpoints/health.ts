import type { FastifyInstance } from 'fastify';
import { createDurableCheck, schemaState, type Sql } from '@dhp/postgres';
import type { KeyRing } from '@dhp/signing-keys';

/** Milliseconds; longer than a healthy database ever takes, shorter than a load balancer waits. */
const patience = 2000;

/**
 * `/healthz`: the process answers. `/readyz`: it can work, so a load balancer may send it requests. With newer additive migrations it stays
 * ready; otherwise the check `database` reports how the schema and this program differ. While commits are blocked, which affects all nodes
 * alike, it stays ready for requests that only read, and reports it (`writes`): without the feed of revocations the FHIR servers accept no
 * token.
 */
export function addHealth(
  app: FastifyInstance,
  { sql, keys, migrations }: HealthOptions & { migrations: { directory: URL; schema: string } },
): void {
  const commitState = createDurableCheck(sql);
  app.get('/healthz', (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (request, reply) => {
    const failed =
      (check: string) =>
      (error: unknown): string => {
        request.log.warn(error);
        return check;
      };
    const [database, commits] = await Promise.all([
      withPatience(schemaState(sql, migrations)).then(
        (state) => (state.kind === 'current' ? 'ok' : state.sentence),
        failed('unreachable'),
      ),
      commitState().then((state) => (state === 'confirmed' ? 'ok' : state), failed('not confirmed')),
    ]);
    const signingKeys = keys.keys.length > 0 ? 'ok' : 'missing';
    const isBlocked = commits === 'blocked';
    const isReady = database === 'ok' && (commits === 'ok' || isBlocked) && signingKeys === 'ok';
    const ready = isBlocked ? 'degraded' : 'ready';
    return reply
      .code(isReady ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({
        status: isReady ? ready : 'not ready',
        ...(isBlocked && { writes: 'blocked' }),
        checks: { database, commits, signingKeys },
      });
  });
}

interface HealthOptions {
  readonly sql: Sql;
  readonly keys: KeyRing;
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`The database did not answer in ${String(patience)} ms`)), patience);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
