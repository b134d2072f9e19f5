/** An import leaves the same resources as a loop of PUTs and refuses the same lines. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importBed, lines, observation, person, type Resource } from './import-bed.ts';

const bed = importBed();
const { imported } = bed;

describe('the store', () => {
  /** Sends each line by PUT, and those that refer to missing resources once more later, in the order of the lines of a resource. */
  async function byPut(all: readonly Resource[]): Promise<number[]> {
    let waiting = all.map((resource, index) => ({ resource, index }));
    const rejected: number[] = [];
    for (let isOver = false; !isOver;) {
      isOver = true;
      const held = new Set<string>();
      const next: typeof waiting = [];
      for (const each of waiting) {
        const { resourceType, id } = each.resource;
        const name = `${resourceType}/${String(id)}`;
        const reply = held.has(name) ? undefined : await bed.server.write('PUT', `/${name}`, each.resource);
        if (reply !== undefined && reply.status < 300) isOver = false;
        else if (reply === undefined || reply.code === 'reference-not-found') {
          held.add(name);
          next.push(each);
        } else rejected.push(each.index);
      }
      waiting = next;
      const first = waiting.find((each, at) =>
        waiting.some(
          ({ resource }, behind) =>
            behind > at && resource.id === each.resource.id && resource.resourceType === each.resource.resourceType,
        ),
      );
      if (isOver && first !== undefined) {
        waiting = waiting.filter((each) => each !== first);
        rejected.push(first.index);
        isOver = false;
      }
      if (waiting.length === 0) isOver = true;
    }
    return [...rejected, ...waiting.map(({ index }) => index)].sort((a, b) => a - b);
  }

  /** Seeded, so that failures can be repeated. */
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  function generated(prefix: string, below: (below: number) => number, count: number): Resource[] {
    const id = (n: number): string => `${prefix}${String(n)}`;
    return Array.from({ length: count }, () => {
      const n = below(12);
      const patient = id(below(9));
      switch (below(5)) {
        case 0:
          return person(id(below(6)), { active: below(2) === 0 });
        case 1:
          return observation(id(n), patient, { status: ['final', 'amended', 'nonsense'][below(3)] });
        case 2:
          return observation(id(n), patient, { hasMember: [{ reference: `Observation/${id(below(12))}` }] });
        case 3:
          return {
            resourceType: 'Basic',
            id: id(n),
            code: { text: 'x' },
            subject: { reference: `Observation/${id(below(12))}` },
          };
        default:
          return person(id(below(6)), { birthDate: ['1990-01-01', 'yesterday'][below(2)] });
      }
    });
  }

  const without = ({ resource: { meta: _, ...resource } }: { resource: Record<string, unknown> }): unknown => resource;

  async function stateOf(prefix: string): Promise<unknown[]> {
    const all: unknown[] = [];
    for (const type of ['Patient', 'Observation', 'Basic'])
      for (let n = 0; n < 12; n += 1) {
        const reply = await bed.server.request('GET', `/${type}/${prefix}${String(n)}/_history`);
        const entries = (reply.json['entry'] ?? []) as { resource: Record<string, unknown> }[];
        // The order of different resources may differ from that of the lines; the order of versions may not.
        all.push(
          `${type} ${String(n)}`,
          ...entries.map((entry) => JSON.stringify(without(entry)).replaceAll(prefix, '')),
        );
      }
    return all;
  }

  for (const seed of [1, 2])
    it(`is as after a loop of PUTs (seed ${String(seed)})`, async () => {
      const [ours, naive] = [`g${String(seed)}a-`, `g${String(seed)}b-`];
      const rejected = await byPut(generated(naive, random(seed), 40));
      const { rejects } = await imported(lines(...generated(ours, random(seed), 40)));
      assert.deepEqual(await stateOf(ours), await stateOf(naive));
      assert.deepEqual(
        rejects.map(({ line }) => line - 1),
        rejected,
      );
    });
});
