/** Reads what the budget of a request has spent. Nothing of it is in the servers: a program that measures listens from outside. */
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
// The import brings the type of `arrival`.
import type {} from '../../apps/fhir/src/adapter/serve.ts';

export interface Spending {
  /** Units of work. */
  readonly work: number;
  readonly rows: number;
}

/** Absent for a request that ended before it had a budget, as one whose body is over the limit. */
type Told = Spending | undefined;

/** A request names itself by this header to be told of. */
export const spendingHeader = 'cost-measured-as';

/**
 * Calls the listener for each request to a FHIR server of this process that names itself, when its answer is out. Only servers that are made
 * from now on. https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
 */
export function onSpending(listener: (name: string, spent: Told) => void): void {
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onResponse', (request, _, done) => {
      const name = request.headers[spendingHeader];
      const used = request.arrival?.budget?.used;
      if (typeof name === 'string') listener(name, used && { work: used.work, rows: used.rows });
      done();
    });
  });
}
