/** Writers at several nodes, whose requests may fail: what was acknowledged is remembered. */
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt } from '../../fhir.ts';

export interface Writers {
  /** Versions that were acknowledged, each as `id W/"version"`. */
  readonly acknowledged: ReadonlySet<string>;
  readonly failed: () => number;
  /** Milliseconds that each of them rests between two requests. */
  rest: number;
  stop(): Promise<void>;
}

const count = 4;
const each = 100;
const ofBundle = 10;
export const patients = 6;
const statuses = ['preliminary', 'final', 'amended'];

/** @param token asked for at each request */
export function startWriters(nodes: readonly string[], token: () => string, rest: number): Writers {
  const acknowledged = new Set<string>();
  let isOver = false;
  let failed = 0;
  const writers: Writers = {
    ...{ acknowledged, rest, failed: () => failed },
    async stop() {
      isOver = true;
      await running;
    },
  };

  async function write(writer: number): Promise<void> {
    for (let n = 0; !isOver; n += 1) {
      const bundle = { resourceType: 'Bundle', type: 'transaction', entry: entriesOf(writer, n) };
      try {
        const ask = fhirAt(nodes[(writer + n) % nodes.length]!, token());
        const answer = await ask('POST', '', bundle);
        if (answer.status !== 200) throw new Error(answer.text);
        const { entry } = answer.json() as { entry: { response: { etag?: string } }[] };
        entry.forEach(({ response }, index) => {
          if (response.etag !== undefined) acknowledged.add(`${nameOf(writer, n, index)} ${response.etag}`);
        });
      } catch {
        failed += 1;
        await delay(100);
      }
      await delay(writers.rest * (0.5 + Math.random()));
    }
  }

  const running = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  return writers;
}

function nameOf(writer: number, n: number, index: number): string {
  return `w${String(writer)}-${String((n * ofBundle + index) % each)}`;
}

function entriesOf(writer: number, n: number): object[] {
  return Array.from({ length: ofBundle }, (_, index) => {
    const id = nameOf(writer, n, index);
    const url = `Observation/${id}`;
    // A tenth is deleted, and made again at the next turn.
    if (Math.random() < 0.1) return { request: { method: 'DELETE', url } };
    const status = statuses[Math.floor(Math.random() * statuses.length)];
    const subject = { reference: `Patient/p${String(index % patients)}` };
    const code = { text: 'proof' };
    return { resource: { resourceType: 'Observation', id, status, code, subject }, request: { method: 'PUT', url } };
  });
}
