/** Sends large requests to a FHIR server with the limits that it has by default, and tells what they take of them. */
import { setImmediate } from 'node:timers/promises';
import { defaultCosts, workOfByte } from '../../apps/fhir/src/http/cost.ts';
import { startServer } from '../../apps/fhir/test/environment.ts';
import { onSpending, spendingHeader, type Spending } from '../cost/spending.ts';
import { store, type Large } from './requests.ts';

/** Units, rows and bytes of one request. */
export interface Taken {
  readonly work: number;
  readonly rows: number;
  readonly bytes: number;
}

export interface LargeSubject {
  /** @throws Error with the answer when it is not the one that was asked for */
  readonly measure: (large: Large, n: number) => Promise<Taken>;
  close(): Promise<void>;
}

/** Milliseconds that a server may need to tell what a request has spent. */
const patience = 60_000;

export async function openLargeSubject(): Promise<LargeSubject> {
  const told = new Map<string, Spending | undefined>();
  onSpending((name, spent) => told.set(name, spent));
  const server = await startServer({ bodyLimit: 64 * 1024 ** 2, requireIfMatch: false });
  await store(server, 'Patient', 'p', {});
  let sent = 0;

  async function spendingOf(name: string): Promise<Spending> {
    const until = performance.now() + patience;
    while (!told.has(name)) {
      if (performance.now() > until) throw new Error('the server does not tell what a request has spent');
      await setImmediate();
    }
    return told.get(name)!;
  }

  return {
    async measure({ name, status, prepare, ask }, n) {
      const { method, path, body, form } = ask(n, (await prepare?.(n, server)) ?? '');
      const text = body === undefined ? form : JSON.stringify(body);
      const type = form === undefined ? 'application/fhir+json' : 'application/x-www-form-urlencoded';
      const as = `${name} ${(sent += 1)}`;
      const headers = { 'content-type': type, prefer: 'return=minimal', [spendingHeader]: as };
      const reply = await server.request(method, path, { headers, ...(text !== undefined && { body: text }) });
      if (reply.status !== status || /"status":"[45]/.test(reply.text))
        throw new Error(`${reply.status} instead of ${status}, or an entry failed: ${reply.text.slice(0, 1_000)}`);
      const { work, rows } = await spendingOf(as);
      return { work, rows, bytes: text?.length ?? 0 };
    },
    close: () => server.close(),
  };
}

/** The same for a request of full size, by two smaller ones. */
export function extrapolated(
  size: number,
  [n, few]: readonly [number, Taken],
  [m, more]: readonly [number, Taken],
): Taken {
  const at = (what: keyof Taken): number => few[what] + ((more[what] - few[what]) / (m - n)) * (size - n);
  return { work: at('work'), rows: at('rows'), bytes: at('bytes') };
}

/** The limits of a request of a length. A resource that is stored has a lower one of its own. */
export function limitsOf({ status }: Large, { bytes }: Taken): Pick<Taken, 'work' | 'rows'> {
  const work = (status === 201 ? defaultCosts.resourceWork : defaultCosts.work) + workOfByte * bytes;
  return { work, rows: defaultCosts.rows };
}
