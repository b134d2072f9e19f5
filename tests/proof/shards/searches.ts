/** Random searches on several nodes, each compared with a loop over the JSON of all resources. */
import { baseUrl } from '../../../apps/fhir/test/environment.ts';
import { compareSearches, storeWorld } from '../../../apps/fhir/test/search-oracle/run.ts';
import type { Progress } from '../../../apps/dhp/src/progress.ts';
import type { Bed } from './bed.ts';

export interface SearchesFound {
  readonly resources: number;
  readonly count: number;
  /** Found some, and not all. */
  readonly telling: number;
  readonly ended: number;
  /** Answered otherwise than the loop. */
  readonly faults: readonly string[];
  /** Not carried out by Citus: how many, by its words. */
  readonly refused: ReadonlyMap<string, number>;
}

const some = 50;

export async function searches(bed: Bed, progress: Progress, count: number, seed: number): Promise<SearchesFound> {
  const { server } = bed;
  const world = await storeWorld(server, seed, 1, baseUrl);
  const step = progress.step('searches');
  const faults: string[] = [];
  const refused = new Map<string, number>();
  let [telling, ended] = [0, 0];
  for (let from = 0; from < count; from += some) {
    const compared = await compareSearches({ server, world, seed, from, count: Math.min(some, count - from) });
    telling += compared.telling;
    ended += compared.ended;
    for (const fault of compared.faults) {
      const cause = bed.causeOf(fault);
      if (cause === fault) faults.push(fault);
      else refused.set(cause, (refused.get(cause) ?? 0) + 1);
    }
    step.update(Math.min(from + some, count), count, `${String(faults.length)} differed`);
  }
  return { resources: world.all.size, count, telling, ended, faults, refused };
}
