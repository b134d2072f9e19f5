/** Several database servers by Citus: what clients are answered while shards move and nodes die, what waits, and what searches find. */
import { withoutCitus } from '../distributed/cluster.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';
import { openBed, openOne, shards as shardCount } from './shards/bed.ts';
import { costs, type KindCost, type Spent } from './shards/costs.ts';
import { besideKills, besideMoves, type MovesFound } from './shards/moves.ts';
import { searches, type SearchesFound } from './shards/searches.ts';
import { manyWriters, type WritersFound } from './shards/writers.ts';

/** The most that reads and writes may be slower in the middle of all while shards move. */
const bar = 0.1;

export const shards: Proof = {
  name: 'shards',
  claim:
    'On a coordinator and two workers each answer is right, or 503 with Retry-After, while shards move and a worker is killed: nothing that was acknowledged is lost, nothing is stored twice; beside a rebalance requests are at most 10 % slower in the middle; sixteen writers make no duplicate; random searches find what a loop finds, or are refused.',
  takes:
    'a quarter of an hour, and as long for each 2,000 searches; where DHP_TEST_CITUS names a PostgreSQL with Citus',
  parts: ['moves', 'kills', 'writers', 'searches', 'costs'],
  settings: { measured: 20, windows: 3, seconds: 30, kills: 90, rounds: 12, searches: 5_000, seed: 1 },
  async run(progress, only = shards.parts!, settings = {}): Promise<Proven> {
    if (withoutCitus !== false) return { holds: true, report: `Not tried: ${withoutCitus}.` };
    const { measured = 0, windows = 0, seconds = 0, kills = 0, rounds = 0, searches: count = 0, seed = 1 } = settings;
    const bed = await openBed();
    const results: Section[] = [];
    try {
      const has = (part: string): boolean => only.includes(part);
      const of = async (part: string, work: () => Promise<Section>): Promise<void> => {
        if (!has(part)) return;
        const step = progress.step(part);
        results.push(await work());
        step.done();
      };
      // First, for each is compared with all that is stored.
      await of('searches', async () => searchesSection(await searches(bed, progress, count, seed)));
      await of('costs', async () => {
        const one = await openOne();
        const several = { send: bed.send, postmasters: () => bed.cluster.servers.postmasters() };
        const beside = { send: one.send, postmasters: () => one.servers.postmasters() };
        return costsSection(
          await costs({ one: beside, several }, progress, measured).finally(() => one.close()),
          measured,
        );
      });
      await of('moves', async () => movesSection(await besideMoves(bed, windows, seconds, seed)));
      await of('writers', async () => writersSection(await manyWriters(bed, rounds)));
      await of('kills', async () => killsSection(await besideKills(bed, kills, seed + 1)));
    } finally {
      await bed.close();
    }
    const head = `Citus 13.2 on PostgreSQL 17, ${String(shardCount)} shards, without waiting for disks, and the FHIR server and its clients on the same machine.`;
    return {
      holds: results.every(({ holds }) => holds),
      report: [
        head,
        ...results.map(({ title, holds, text }) => `## ${title}\n\n${holds ? '' : '**Does not hold.** '}${text}`),
      ].join('\n\n'),
    };
  },
};

interface Section {
  readonly title: string;
  readonly holds: boolean;
  readonly text: string;
}

function movesSection({ took, failures, faults, statuses, without, beside, seconds }: MovesFound): Section {
  const ratios = (['reads', 'writes'] as const).map(
    (kind) => quantile(beside[kind], 0.5) / quantile(without[kind], 0.5),
  );
  const rows = (['reads', 'writes'] as const).flatMap((kind) => [
    timesRow(`${kind}, no moves`, without[kind], seconds),
    timesRow(`${kind}, beside moves`, beside[kind], seconds),
  ]);
  const slower = ratios.map((ratio) => `${((ratio - 1) * 100).toFixed(0)} %`);
  const holds = faults.length === 0 && !statuses.has(500) && ratios.every((ratio) => ratio <= 1 + bar);
  const text = [
    `Six clients, one request after the other each, with and without moves by turns. ${String(took.length)} moves came to their end, of ${quantile(took, 0.5).toFixed(0)} ms in the middle; ${String(failures.length)} did not. Answers by status: ${told(statuses)}. Wrong answers: ${String(faults.length)}. Beside moves reads are ${slower[0]!} slower in the middle, and writes ${slower[1]!}.`,
    markdownTable(['Milliseconds', 'Answers a second', 'median', '95 %', '99 %', 'longest'], rows, [1, 2, 3, 4, 5]),
    listed(faults),
  ];
  return { title: 'Beside moves', holds, text: text.join('\n\n') };
}

function killsSection({ took, failures, faults, statuses, kills, seconds, beside }: MovesFound): Section {
  const text = [
    `A worker was killed ${String(kills)} times in ${String(seconds)} s, and started 0.7 s later; ${String(took.length)} moves came to their end meanwhile, ${String(failures.length)} did not. Answers by status: ${told(statuses)}. Wrong answers: ${String(faults.length)}. The longest took ${Math.max(...beside.reads, ...beside.writes).toFixed(0)} ms.`,
    listed(faults),
  ];
  const holds = faults.length === 0 && !statuses.has(500) && kills > 0;
  return { title: 'A worker that is killed', holds, text: text.join('\n\n') };
}

function writersSection({ asked, faults, statuses, deadlocks, longest }: WritersFound): Section {
  const text = `Sixteen writers ask at once for the same conditional create, then each sends a transaction over three of eight patients, in orders that meet. ${String(asked)} requests, answers by status: ${told(statuses)}. ${String(deadlocks)} deadlocks in the coordinator, each tried again. The longest request took ${longest.toFixed(0)} ms. Faults: ${String(faults.length)}.`;
  return { title: 'Sixteen writers', holds: faults.length === 0, text: [text, listed(faults)].join('\n\n') };
}

function searchesSection({ resources, count, telling, ended, faults, refused }: SearchesFound): Section {
  const all = [...refused.values()].reduce((sum, each) => sum + each, 0);
  const rows = [...refused]
    .sort(([, a], [, b]) => b - a)
    .map(([words, n]) => [words.replaceAll(/\s+/g, ' '), String(n)]);
  const text = [
    `${String(count)} random searches of ${String(resources)} resources, each compared with a loop over their JSON; ${String(telling)} of them find some and not all. ${String(faults.length)} found something else than the loop, ${String(ended)} were ended by the limit of time. ${String(all)} were refused by Citus, which is answered 400${all > 0 ? ':' : '.'}`,
    ...(rows.length > 0 ? [markdownTable(['By the words', 'Searches'], rows, [1])] : []),
    listed(faults),
  ];
  return { title: 'Searches', holds: faults.length === 0, text: text.join('\n\n') };
}

function costsSection(found: readonly KindCost[], rounds: number): Section {
  const told = ({ median, cheapest }: Spent): string[] => [median.toFixed(2), cheapest.toFixed(2)];
  const ratio = ({ one, several }: KindCost): number => several.cheapest / one.cheapest;
  const rows = found.map((kind) => [
    ...[kind.name, ...told(kind.one), ...told(kind.several), ratio(kind).toFixed(1)],
    ...[
      kind.bar === undefined ? '' : String(kind.bar),
      kind.one.statements.toFixed(1),
      kind.several.statements.toFixed(1),
    ],
  ]);
  const head = ['Request', 'one server', 'cheapest tenth', 'several', 'cheapest tenth', 'times', 'bar'];
  const text = [
    `Milliseconds of CPU of all processes of PostgreSQL for a request, one after the other, on one server and on the nodes in turn, in ${String(rounds)} rounds of ten: the median of the rounds, and the round that a tenth are cheaper than, which is compared. Behind them statements that the FHIR server sent for a request.`,
    markdownTable([...head, 'statements', 'of several'], rows, [1, 2, 3, 4, 5, 6, 7, 8]),
  ];
  return {
    title: 'What a request costs',
    holds: found.every((kind) => kind.bar === undefined || ratio(kind) <= kind.bar),
    text: text.join('\n\n'),
  };
}

function timesRow(name: string, times: readonly number[], seconds: number): string[] {
  const at = [0.5, 0.95, 0.99, 1].map((share) => quantile(times, share).toFixed(0));
  return [name, (times.length / seconds).toFixed(1), ...at];
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function told(statuses: ReadonlyMap<number, number>): string {
  return [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, n]) => `${String(status)}: ${String(n)}`)
    .join(', ');
}

function listed(faults: readonly string[]): string {
  return faults
    .slice(0, 20)
    .map((fault) => `- \`${fault.replaceAll(/[\s`]+/g, ' ').slice(0, 400)}\``)
    .join('\n');
}
