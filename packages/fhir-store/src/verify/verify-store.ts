/** Verifies what is stored, step by step, beside all who read and write it. docs/operations/doctor.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { inSnapshot } from '../statements/audit-heads.ts';
import { atBeginning, stateAfter, type Finding, type Place, type StepResult, type VerifyState } from './finding.ts';
import { ParametersChanged, type VerifyMeans } from './means.ts';
import { passes, type Pass } from './passes.ts';
import { repairFound, type Repairing } from './repair.ts';

export interface VerifyOptions {
  /** Where one before has come to (default: the beginning). */
  readonly from?: VerifyState | undefined;
  /** Share of the time in which it works, above 0 and up to 1 (default). */
  readonly share?: number;
  readonly signal?: AbortSignal;
  /** Called after each step; a rejection of it ends the verification. @param done from 0 to 1 */
  readonly onStep?: (state: VerifyState, done: number) => Promise<void>;
}

/** The part of a store that verifies what is stored. */
export interface Verification {
  /**
   * Verifies all that is stored: versions and their order, the directory, the rows of the search index, of consents, links of care and labels. It writes nothing,
   * and what others write meanwhile is no finding.
   * @returns what it has found, and where it is
   */
  verify(options?: VerifyOptions): Promise<VerifyState>;
  /** Makes the rows again that findings of a verification are about, as far as they are made of versions. @returns how many findings it has taken up */
  repair(findings: readonly Finding[]): Promise<number>;
}

/** @param within opens connections for the length of some work */
export function createVerification(
  within: <Result>(work: (sql: Sql) => Promise<Result>) => Promise<Result>,
  means: Omit<Repairing, 'sql'>,
): Verification {
  return {
    verify: (options) => within((sql) => verifyStore(sql, { bodies: means }, options)),
    repair: (findings) => within((sql) => repairFound({ ...means, sql }, findings)),
  };
}

/** A step is made again this many times where the search parameters change under it. */
const attempts = 20;

/**
 * Reads every version, what is made of it, and what is made of nothing. It writes nothing. Each step is short, and sees one moment: what others
 * write meanwhile is whole in it, or is not in it.
 * @returns what it has found; with a signal, as far as it came
 */
async function verifyStore(
  sql: Sql,
  means: VerifyMeans,
  { from = atBeginning, share = 1, signal, onStep }: VerifyOptions = {},
): Promise<VerifyState> {
  let state = from;
  const begin = Math.max(
    0,
    passes.findIndex(({ name }) => name === from.pass),
  );
  for (const [n, pass] of passes.entries()) {
    if (n < begin) continue;
    let at = n === begin ? from.at : undefined;
    for (let isDone = n === begin && from.pass !== '' && from.at === undefined; !isDone;) {
      if (signal?.aborted === true) return state;
      const began = performance.now();
      const step = await stepOf(sql, pass, at, means);
      state = stateAfter(state, pass.name, step);
      at = step.next;
      isDone = at === undefined;
      await onStep?.(state, doneBy(n, step.share));
      const pause = (performance.now() - began) * (1 / share - 1);
      if (pause > 0) await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  return state;
}

/** Milliseconds after which what was found on several nodes is looked at again. */
const again = 1_000;

/** On several nodes a step does not see one moment: what it has found counts where it is found twice. */
async function stepOf(sql: Sql, pass: Pass, at: Place | undefined, means: VerifyMeans): Promise<StepResult> {
  const step = await stepOnce(sql, pass, at, means);
  if (step.findings.length === 0 || means.bodies.shards() === undefined) return step;
  await delay(again);
  const second = new Set((await stepOnce(sql, pass, at, means)).findings.map((finding) => JSON.stringify(finding)));
  return { ...step, findings: step.findings.filter((finding) => second.has(JSON.stringify(finding))) };
}

async function stepOnce(sql: Sql, pass: Pass, at: Place | undefined, means: VerifyMeans): Promise<StepResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inSnapshot(sql, (session) => pass.step(session, at, means));
    } catch (error) {
      if (!(error instanceof ParametersChanged) || attempt === attempts) throw error;
      await means.bodies.parameters.refresh();
    }
  }
}

const whole = passes.reduce((sum, { weight }) => sum + weight, 0);

/** How much of all passes is done. */
function doneBy(n: number, share: number): number {
  const before = passes.slice(0, n).reduce((sum, { weight }) => sum + weight, 0);
  return Math.min(1, (before + Math.min(1, share) * passes[n]!.weight) / whole);
}
