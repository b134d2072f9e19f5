/** Random searches at a store of mixed resources, each compared with a loop over their JSON that shares no code with the index. */
import { baseUrl, startServer } from '../../apps/fhir/test/environment.ts';
import { compareSearches, storeWorld } from '../../apps/fhir/test/search-oracle/run.ts';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';

export const searches: Proof = {
  name: 'searches',
  claim:
    'Random searches by parameters of every type, with prefixes, modifiers, composites, chains, reverse chains, hierarchies, lists, filters and lists of values, find what a loop over the JSON of all resources finds: the total, the matches, their order, every page once, and what is included.',
  takes: 'half an hour; `resources` and `searches` make it shorter',
  settings: { resources: 100_000, searches: 5_000, seed: 1 },
  run: prove,
};

/** Resources for one hundred Patients. */
const perHundred = 1000;

async function prove(
  progress: Progress,
  _only?: readonly string[],
  { resources = 0, searches: count = 0, seed = 1 }: Readonly<Record<string, number>> = {},
): Promise<Proven> {
  const server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  try {
    const storing = progress.step('resources');
    const world = await storeWorld(server, seed, resources / perHundred, baseUrl);
    storing.update(world.all.size, world.all.size, 'stored');
    const step = progress.step('searches');
    const some = 100;
    let [telling, ended, estimated] = [0, 0, 0];
    const faults: string[] = [];
    for (let from = 0; from < count; from += some) {
      const compared = await compareSearches({ server, world, seed, from, count: Math.min(some, count - from) });
      telling += compared.telling;
      ended += compared.ended;
      estimated += compared.estimated;
      faults.push(...compared.faults);
      for (const fault of compared.faults) progress.say(fault);
      step.update(Math.min(from + some, count), count, `${faults.length} differed`);
    }
    return {
      holds: faults.length === 0,
      report: reportOf({ resources: world.all.size, count, telling, ended, estimated, seed }, faults),
    };
  } finally {
    await server.close();
  }
}

interface Done {
  readonly resources: number;
  readonly count: number;
  readonly telling: number;
  readonly ended: number;
  readonly estimated: number;
  readonly seed: number;
}

function reportOf({ resources, count, telling, ended, estimated, seed }: Done, faults: readonly string[]): string {
  const rows = [
    ['Resources', String(resources)],
    ['Searches', String(count)],
    ['of them such that found some, and not all', String(telling)],
    ['Searches that the limit of time ended', String(ended)],
    ['Searches with a total that was told as an estimate, and not compared', String(estimated)],
    ['Searches that found something else than the loop', String(faults.length)],
    ['Seed', String(seed)],
  ];
  const list = faults.slice(0, 50).map((fault) => `- \`${fault.replaceAll(/\s+/g, ' ')}\`\n`);
  return `${markdownTable(['', ''], rows)}\n\n${list.join('')}`;
}
