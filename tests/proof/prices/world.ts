/** The synthetic population with marks: codes that a known share of all resources have, whatever they are. */
import { scanJson, type Resource } from '@dhp/fhir-model';
import type { FhirStore } from '@dhp/fhir-store';
import { population } from '@dhp/synthetic-population';

const today = '2026-06-30';
const seed = 1;
/** Resources of each type that values are taken from. */
const sampled = 400;

/** The system of the marks. Of those of a resource the code `s3` says that one in eight resources has it. */
export const marks = 'https://example.uz/marks';
/** A mark that none has. */
export const noMark = 'none';

export interface MarkedWorld {
  /** How many resources there are of each type. */
  readonly counts: ReadonlyMap<string, number>;
  /** Some resources of each type, spread over the whole. */
  readonly samples: ReadonlyMap<string, readonly Resource[]>;
}

/** Stores the population of so many patients. */
export async function storeMarked(
  store: Pick<FhirStore, 'bulkInsert'>,
  patients: number,
  onProgress: (stored: number) => void,
): Promise<MarkedWorld> {
  const counts = new Map<string, number>();
  const samples = new Map<string, Resource[]>();
  async function* resources(): AsyncGenerator<ReturnType<typeof stored>> {
    await Promise.resolve();
    for (const resource of population({ patients, seed, today })) {
      const type = resource.resourceType;
      const at = counts.get(type) ?? 0;
      counts.set(type, at + 1);
      const marked = withMarks(resource, at);
      // Of each type the first, and then ever fewer: a reservoir that needs no chance.
      const some = samples.get(type) ?? [];
      if (some.length < sampled) some.push(marked);
      else if (scattered(at) % (at + 1) < sampled) some[scattered(at) % sampled] = marked;
      samples.set(type, some);
      yield stored(marked);
    }
  }
  await store.bulkInsert(resources(), { onProgress });
  return { counts, samples };
}

/** The mark that about `wanted` of `all` resources have. */
export function markOf(wanted: number, all: number): string {
  return wanted === 0 ? noMark : `s${String(Math.max(0, Math.round(Math.log2(all / wanted))))}`;
}

function withMarks(resource: Resource, at: number): Resource {
  const most = Math.clz32(scattered(at)) + 1;
  const tag = Array.from({ length: most }, (_, n) => ({ system: marks, code: `s${String(n)}` }));
  const { meta = {} } = resource as unknown as { meta?: Record<string, unknown> };
  const own = (meta['tag'] ?? []) as unknown[];
  return { ...resource, meta: { ...meta, tag: [...own, ...tag] } } as unknown as Resource;
}

/** A number of 32 bits that looks like chance (the end of murmur3). */
function scattered(n: number): number {
  let h = Math.imul((n + 1) ^ ((n + 1) >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function stored(resource: Resource) {
  return {
    type: resource.resourceType,
    id: resource.id!,
    source: scanJson(JSON.stringify(resource)),
    resource: resource as unknown as Record<string, unknown>,
  };
}
