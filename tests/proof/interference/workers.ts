/** Processes that take units, each a few at a time, until there are no more. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { testServer } from '@dhp/postgres/testing';
import type { Unit, UnitResult } from './units.ts';
import type { FromWorker } from './worker.ts';

/** Units of a process at a time. */
const together = 2;

export interface Work {
  readonly processes: number;
  /** Undefined: there is no more. */
  readonly next: () => Unit | undefined;
  readonly onAnswers: (count: number) => void;
  readonly onResult: (result: UnitResult) => Promise<void>;
  /** Ends it: what is under way is left. */
  readonly isOver: () => boolean;
}

/** @throws Error where a process ends, or a unit fails in another way than by a difference */
export async function runUnits(work: Work): Promise<void> {
  // One database server, and one template, for all of them.
  const env = { ...process.env, DHP_TEST_DATABASE_URL: await testServer() };
  const children = Array.from({ length: work.processes }, () =>
    fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { env }),
  );
  try {
    await Promise.all(children.map((child) => runIn(child, work)));
  } finally {
    for (const child of children) child.kill();
  }
}

function runIn(child: ChildProcess, { next, onAnswers, onResult, isOver }: Work): Promise<void> {
  let under = 0;
  return new Promise((resolve, reject) => {
    const send = (): void => {
      const unit = isOver() ? undefined : next();
      if (unit === undefined) return;
      under += 1;
      child.send(unit);
    };
    const result = async (found: UnitResult): Promise<void> => {
      await onResult(found);
      under -= 1;
      send();
      if (under === 0) resolve();
    };
    child.on('message', (message: FromWorker) => {
      if ('failed' in message) reject(new Error(message.failed));
      else if ('result' in message) result(message.result).catch(reject);
      else {
        onAnswers(message.answered);
        if (isOver()) resolve();
      }
    });
    child.on('exit', (code, signal) => {
      reject(new Error(`a process ended with ${String(code ?? signal)}`));
    });
    child.on('error', reject);
    for (let n = 0; n < together; n += 1) send();
    if (under === 0) resolve();
  });
}
