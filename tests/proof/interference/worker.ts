/** A process that runs units, several at a time: while one waits for the database another computes. */
import { setTimeout as pause } from 'node:timers/promises';
import { runUnit, type Unit, type UnitResult } from './units.ts';

/** To this process: a unit. From it: requests that were answered since, and results. */
export type FromWorker = { readonly answered: number } | { readonly result: UnitResult } | { readonly failed: string };

let answered = 0;
const tell = (message: FromWorker): void => void process.send?.(message);
setInterval(() => {
  if (answered > 0) tell({ answered });
  answered = 0;
}, 500).unref();

/** Times that a unit is begun again which fails otherwise than by a difference: on a machine that does much else a database may not answer in time, and hours would be lost. */
const attempts = 3;

async function run(unit: Unit, left = attempts): Promise<UnitResult> {
  try {
    return await runUnit(unit, () => (answered += 1));
  } catch (error) {
    if (left === 0) throw error;
    await pause(5_000);
    return run(unit, left - 1);
  }
}

process.on('message', (unit: Unit) => {
  run(unit).then(
    (result) => {
      tell({ result });
    },
    (error: unknown) => {
      tell({ failed: error instanceof Error ? String(error.stack) : String(error) });
    },
  );
});
process.on('disconnect', () => process.exit());
