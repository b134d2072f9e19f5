/** Reads what the budget of a request has spent. Nothing of it is in the servers: a program that measures listens from outside. */
import { subscribe } from 'node:diagnostics_channel';
import type { ArrivingRequest } from '../../apps/fhir/src/adapter/arrival.ts';
import { arrivalChannel, type HttpReply } from '../../apps/fhir/src/contract/http.ts';

export interface Spending {
  /** Units of work. */
  readonly work: number;
  readonly rows: number;
}

/** Absent for a request that ended before it had a budget, as one whose body is over the limit. */
type Told = Spending | undefined;

/** A request names itself by this header to be told of. */
export const spendingHeader = 'cost-measured-as';

/** Calls the listener for each request to a FHIR server of this process that names itself, when its answer is out, by whichever adapter it came. */
export function onSpending(listener: (name: string, spent: Told) => void): void {
  subscribe(arrivalChannel, (message) => {
    const { request, reply } = message as { readonly request: ArrivingRequest; readonly reply: HttpReply };
    const name = request.headers[spendingHeader];
    if (typeof name !== 'string') return;
    reply.raw.once('finish', () => {
      const used = request.arrival?.budget?.used;
      listener(name, used && { work: used.work, rows: used.rows });
    });
  });
}
