/** The work on the trail beside requests: parts of the coming months, counts, heads. */
import type { FhirStore } from '@dhp/fhir-store';
import type { AuditOptions } from './options.ts';
import type { Counted, Tally } from './tally.ts';

const dayLength = 86_400_000;

export interface Beside {
  /** Makes the parts of the coming months, once a day. */
  prepare(now: Date): Promise<void>;
  /** Does all pending work. Work that failed is done by the next call. */
  work(now: Date): Promise<void>;
}

/** @param o.record stores the records of counts */
export function besideRequests(
  { trail }: Pick<FhirStore, 'trail'>,
  { keys, onHead }: AuditOptions,
  { tally, record }: { readonly tally: Tally; readonly record: (counted: readonly Counted[]) => Promise<void> },
): Beside {
  let preparedAt = Number.NEGATIVE_INFINITY;
  const prepare = async (now: Date): Promise<void> => {
    if (now.getTime() - preparedAt < dayLength) return;
    await trail.prepareTrail();
    preparedAt = now.getTime();
  };
  const recordCounts = async (): Promise<void> => {
    const counted = tally.take();
    if (counted.length === 0) return;
    try {
      await record(counted);
    } catch (error) {
      tally.giveBack(counted);
      throw error;
    }
  };
  return {
    prepare,
    async work(now) {
      await prepare(now);
      await recordCounts();
      const head = await trail.coverTrail(keys, now.getTime());
      if (head !== undefined) onHead?.(head);
    },
  };
}
