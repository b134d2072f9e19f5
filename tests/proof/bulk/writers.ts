/** Writers beside an export, in turn with writers alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt, hasStatus } from '../../fhir.ts';
import { cpuTime } from '../../../bench/cpu.ts';
import type { Ground } from './ground.ts';

export interface Written {
  /** Transactions that were answered, a second. */
  readonly perSecond: number;
  /** Milliseconds from a request to its answer: half of them took less, and 19 of 20. */
  readonly half: number;
  readonly most: number;
}

/** Some clients, each of which sends one Observation after the other for some seconds. @param run a number of its own */
export async function writeFor(ground: Ground, clients: number, seconds: number, run: number): Promise<Written> {
  const ask = fhirAt(ground.base, await ground.token());
  const end = performance.now() + 1_000 * seconds;
  const took: number[] = [];
  const client = async (number: number): Promise<void> => {
    for (let n = 0; performance.now() < end; n += 1) {
      const begun = performance.now();
      const id = `bars-${String(run)}-${String(number)}-${String(n)}`;
      hasStatus(await ask('PUT', `Observation/${id}`, { ...observation, id }), 201);
      took.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * took.length)] ?? Number.NaN;
  return { perSecond: took.length / seconds, half: at(0.5), most: at(0.95) };
}

/** Of a code that no profile asks more of. */
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '74013-4', display: 'Alcoholic drinks per day' }] },
  subject: { display: 'nobody' },
  effectiveDateTime: '2026-01-15',
  valueInteger: 1,
};

/** Waits until nothing is done any more: what a beginning or a write has set off. */
export async function atRest({ platform }: Ground): Promise<void> {
  let last = (await cpuTime({ server: platform.pid }))?.server ?? 0;
  for (let idle = 0, looks = 0; idle < 3 && looks < 240; looks += 1) {
    await delay(500);
    const now = (await cpuTime({ server: platform.pid }))?.server ?? 0;
    idle = now - last < 0.1 ? idle + 1 : 0;
    last = now;
  }
}
