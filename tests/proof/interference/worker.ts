/** A process that runs units, several at a time: while one waits for the database another computes. */
import { runUnit, type Unit, type UnitResult } from './units.ts';

/** To this process: a unit. From it: requests that were answered since, and results. */
export type FromWorker = { readonly answered: number } | { readonly result: UnitResult } | { readonly failed: string };

let answered = 0;
const tell = (message: FromWorker): void => void process.send?.(message);
setInterval(() => {
  if (answered > 0) tell({ answered });
  answered = 0;
}, 500).unref();

process.on('message', (unit: Unit) => {
  runUnit(unit, () => (answered += 1)).then(
    (result) => {
      tell({ result });
    },
    (error: unknown) => {
      tell({ failed: error instanceof Error ? String(error.stack) : String(error) });
    },
  );
});
process.on('disconnect', () => process.exit());
