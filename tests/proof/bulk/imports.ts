/** An import of synthetic people who are not there yet, as lines in the body. */
import type { Server } from '../../../apps/dhp/src/exchange/server.ts';
import { population } from '@dhp/synthetic-population';
import { measureJob, type Job, type JobMeasured, type Outcome } from './exports.ts';
import type { Ground } from './ground.ts';

/** Bytes of lines of one import: a body may have little more. */
const most = 48 * 1024 ** 2;
const today = '2026-06-30';

/** Of people whom no other seed has. */
function linesOf(patients: number, seed: number): Buffer<ArrayBuffer> {
  let text = '';
  for (const resource of population({ patients, seed, today })) {
    text += `${JSON.stringify(resource)}\n`;
    if (text.length > most) break;
  }
  return Buffer.from(text);
}

export function measureImport(ground: Ground, server: Server, patients: number, seed: number): Promise<JobMeasured> {
  const body = linesOf(patients, seed);
  const headers = { 'content-type': 'application/fhir+ndjson' };
  const job: Job = {
    path: '$import',
    asked: { method: 'POST', headers, body },
    outcomeOf: (told) => outcomeOf(told, body.length),
  };
  return measureJob(ground, server, job);
}

interface Told {
  readonly output: readonly Readonly<Record<'created' | 'updated' | 'unchanged' | 'rejected', number>>[];
}

/** @throws Error where a line was not stored */
function outcomeOf(told: object, bytes: number): Outcome {
  const { output } = told as Told;
  const sum = (of: keyof Told['output'][number]): number => output.reduce((all, one) => all + one[of], 0);
  // Institutions are the same for every seed.
  if (sum('rejected') > 0) throw new Error(`an import rejects lines: ${JSON.stringify(told).slice(0, 1_000)}`);
  return { resources: sum('created') + sum('updated'), bytes, files: output.length, errors: 0 };
}
