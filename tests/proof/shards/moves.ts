/** Clients beside moves of shards: what they are answered, and how long they wait, beside the same clients without moves. */
import { openClient, type Run } from '../../distributed/load/client.ts';
import { keepKilling, keepMoving } from '../../distributed/load/nodes.ts';
import { rowsApart, type Bed } from './bed.ts';

/** Milliseconds of the answers of one kind of window. */
export interface Times {
  readonly reads: number[];
  readonly writes: number[];
}

export interface MovesFound {
  /** Milliseconds of each move. */
  readonly took: readonly number[];
  readonly failures: readonly string[];
  readonly faults: readonly string[];
  readonly statuses: ReadonlyMap<number, number>;
  readonly without: Times;
  readonly beside: Times;
  /** Windows of each kind, in seconds in all. */
  readonly seconds: number;
  readonly kills: number;
}

const clients = 6;
const reads = new Set(['read', 'vread', 'history', 'search', 'searchOfPatient']);

/** @param windows how many of each kind, one after the other, each of `seconds` */
export async function besideMoves(bed: Bed, windows: number, seconds: number, seed: number): Promise<MovesFound> {
  const [without, beside] = [
    { reads: [], writes: [] },
    { reads: [], writes: [] },
  ] as readonly [Times, Times];
  let into = without;
  const { run, statuses, open } = await opened(bed, seed, (kind, took) => {
    (reads.has(kind) ? into.reads : into.writes).push(took);
  });
  const took: number[] = [];
  const failures: string[] = [];
  for (let n = 0; n < windows; n += 1) {
    into = without;
    await open.until(Date.now() + seconds * 1_000);
    into = beside;
    // A rebalance of an installation does it by logical replication.
    const moves = keepMoving(bed.cluster.url, { modes: ['force_logical'] });
    await open.until(Date.now() + seconds * 1_000);
    await moves.stop();
    took.push(...moves.took);
    failures.push(...moves.failures);
  }
  await open.verify();
  await lookForApart(bed, run.faults);
  return { took, failures, faults: run.faults, statuses, without, beside, seconds: windows * seconds, kills: 0 };
}

/** The same while a worker is killed over and over, and moves of both kinds are begun as soon as the one before has ended or failed. */
export async function besideKills(bed: Bed, seconds: number, seed: number): Promise<MovesFound> {
  const all: Times = { reads: [], writes: [] };
  const { run, statuses, open } = await opened(bed, seed, (kind, took) => {
    (reads.has(kind) ? all.reads : all.writes).push(took);
  });
  const moves = keepMoving(bed.cluster.url, { modes: ['block_writes', 'force_logical'] });
  const kills = keepKilling(bed.cluster, 8_000);
  await open.until(Date.now() + seconds * 1_000);
  await moves.stop();
  await kills.stop();
  await open.verify();
  await lookForApart(bed, run.faults);
  const { took, failures } = moves;
  return { took, failures, faults: run.faults, statuses, without: all, beside: all, seconds, kills: kills.count() };
}

async function opened(bed: Bed, seed: number, note: (kind: string, took: number) => void) {
  const statuses = new Map<number, number>();
  const run: Run = {
    ...{ seed, faults: [], send: bed.send },
    onAnswer(kind, took, status) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      note(kind, took);
    },
  };
  const all = await Promise.all(Array.from({ length: clients }, (_, n) => openClient(run, seed * 100 + n)));
  const open = {
    until: (end: number) =>
      Promise.all(
        all.map(async (client) => {
          while (Date.now() < end) await client.step();
        }),
      ),
    verify: () => Promise.all(all.map((client) => client.verify())),
  };
  return { run, statuses, open };
}

async function lookForApart(bed: Bed, faults: string[]): Promise<void> {
  const apart = await rowsApart(bed);
  if (apart > 0) faults.push(`${String(apart)} rows are not where the directory says`);
}
