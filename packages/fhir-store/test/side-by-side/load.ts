/** Writers and searchers that use servers at random, and judge every answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Resource } from '../search-world.ts';
import { Gone, type Node, type Order } from './fleet.ts';
import type { Oracle } from './oracle.ts';

export interface Judged {
  searches: number;
  writes: number;
  /**
   * Numbers of searches by tag that found nothing because the earlier definition has no tags, and of those that found the expected ones.
   */
  withoutTags: number;
  withTags: number;
  /** Searches that were refused or wrong, and writes that were refused. */
  readonly faults: string[];
  /** Writes that were refused by a server of the release before. */
  readonly refused: string[];
}

export const amounts = { patients: 60, observations: 140 } as const;

const queries: readonly (readonly [type: string, query: string])[] = [
  ['Patient', 'gender=female'],
  ['Patient', 'family=fam1'],
  ['Patient', 'birthdate=ge1990-01-01&_sort=birthdate'],
  ['Patient', 'identifier=urn:mrn|3'],
  ['Observation', 'subject=Patient/p1'],
  ['Observation', 'code=urn:codes|c2&_sort=-date'],
  ['Observation', 'value-quantity=gt50'],
  ['Observation', 'subject:Patient.gender=male'],
  ['Observation', 'date=ge2026-03-01&status=final'],
  ['Observation', ''],
];
const byTag: readonly (readonly [type: string, query: string])[] = [
  ['Patient', '_tag=urn:tags|t1'],
  ['Observation', '_tag=urn:tags|t0'],
];

/** A version of a resource by chance; an Observation is of another Patient now and then, and so in another shard. */
export function version(name: string, random: () => number): Resource {
  const [resourceType, id] = name.split('/') as [string, string];
  const some = (count: number): number => Math.floor(random() * count);
  const meta = { tag: [{ system: 'urn:tags', code: `t${some(3)}` }] };
  if (resourceType === 'Patient') {
    return {
      ...{
        resourceType,
        id,
        meta,
        active: true,
        gender: ['male', 'female'][some(2)],
        birthDate: `19${60 + some(40)}-05-01`,
      },
      identifier: [{ system: 'urn:mrn', value: String(some(20)) }],
      name: [{ family: `Fam${some(12)}`, given: [`Given${some(9)}`] }],
    };
  }
  return {
    ...{ resourceType, id, meta, status: ['final', 'preliminary'][some(2)] },
    subject: { reference: `Patient/p${some(8)}` },
    code: { coding: [{ system: 'urn:codes', code: `c${some(5)}` }] },
    effectiveDateTime: `2026-0${1 + some(6)}-10T08:00:00Z`,
    valueQuantity: { value: some(100), unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  };
}

export function nameAt(random: () => number): string {
  return random() < 0.3
    ? `Patient/p${8 + Math.floor(random() * (amounts.patients - 8))}`
    : `Observation/o${Math.floor(random() * amounts.observations)}`;
}

export interface Load {
  readonly judged: Judged;
  /** From now on the active definition has the tags: no tagged resource may be missing. */
  tagsAreThere(): void;
  stop(): Promise<void>;
}

/** Faults are noted, never thrown. */
export function load(
  nodes: () => readonly Node[],
  oracle: Oracle,
  {
    random,
    writers = 3,
    searchers = 4,
    pause = 2,
  }: { random: () => number; writers?: number; searchers?: number; pause?: number },
): Load {
  const judged: Judged = { searches: 0, writes: 0, withoutTags: 0, withTags: 0, faults: [], refused: [] };
  let over = false;
  let haveTags = false;
  const node = (): Node => {
    const all = nodes();
    return all[Math.floor(random() * all.length)]!;
  };

  async function write(): Promise<void> {
    const names = [...new Set(random() < 0.2 ? [nameAt(random), nameAt(random), nameAt(random)] : [nameAt(random)])];
    if (!names.every(oracle.free)) return;
    const resources = names.map((name) => version(name, random));
    const [type = '', id = ''] = names[0]!.split('/');
    const isDeletion = names.length === 1 && type === 'Observation' && random() < 0.2;
    const order: Order = isDeletion
      ? { kind: 'delete', type, id }
      : names.length > 1
        ? { kind: 'together', resources }
        : { kind: 'put', resource: resources[0]! };
    oracle.begins(names);
    const outcome = await node()
      .ask(order)
      .then(
        () => 'stored' as const,
        (error: unknown) => {
          if (error instanceof Gone) return 'unknown';
          judged.refused.push(String(error));
          return 'refused';
        },
      );
    judged.writes += 1;
    for (const [n, name] of names.entries()) {
      oracle.ends(name, outcome === 'stored' ? (isDeletion ? undefined : resources[n]) : outcome);
    }
  }

  async function search(): Promise<void> {
    const isByTag = random() < 0.3;
    const of = isByTag ? byTag : queries;
    const [type, query] = of[Math.floor(random() * of.length)]!;
    const asked = oracle.searching(type, query);
    const mayLackTags = isByTag && !haveTags;
    try {
      const found = await node().ask({ kind: 'search', type, query });
      judged.searches += 1;
      if (mayLackTags && found.length === 0) {
        judged.withoutTags += 1;
        return;
      }
      if (isByTag) judged.withTags += 1;
      const { missing, surplus } = oracle.judge(asked, found);
      if (missing.length + surplus.length > 0) {
        judged.faults.push(`${type}?${query}: missing ${missing.join()}; surplus ${surplus.join()}`);
      }
    } catch (error) {
      if (!(error instanceof Gone)) judged.faults.push(`${type}?${query}: ${String(error)}`);
    }
  }

  const lanes = [
    ...Array.from({ length: writers }, () => write),
    ...Array.from({ length: searchers }, () => search),
  ].map(async (step) => {
    while (!over) {
      await step();
      await delay(pause);
    }
  });
  return {
    judged,
    tagsAreThere: () => void (haveTags = true),
    async stop() {
      over = true;
      await Promise.all(lanes);
    },
  };
}
