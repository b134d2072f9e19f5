/** Verifies the stored data, step by step, while others read and write it. docs/operations/doctor.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { inSnapshot } from '../statements/audit-heads.ts';
import { atBeginning, stateAfter, type Finding, type Place, type StepResult, type VerifyState } from './finding.ts';
import { ParametersChanged, type VerifyMeans } from './means.ts';
import { passes, type Pass } from './passes.ts';
import { repairFound, type Repairing } from './repair.ts';

export interface VerifyOptions {
  /** The state of an earlier verification to continue from (default: the beginning). */
  readonly from?: VerifyState | undefined;
  /** Share of the time in which it works, above 0 and up to 1 (default). */
  readonly share?: number;
  readonly signal?: AbortSignal;
  /** Called after each step; a rejection of it ends the verification. @param done from 0 to 1 */
  readonly onStep?: (state: VerifyState, done: number) => Promise<void>;
}

/** The part of a store that verifies the stored data. */
export interface Verification {
  /**
   * Verifies all stored data: versions and their order, the directory, the rows of the search index, of consents, care links and labels. It
   * writes nothing, and concurrent writes cause no findings.
   * @returns its findings and its position
   */
  verify(options?: VerifyOptions): Promise<VerifyState>;
  /** Makes the derived rows in findings of a verification again. @returns the number of findings processed */
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

/** The most attempts of a step whose search parameters change meanwhile. */
const attempts = 20;

/**
 * Reads every version, the rows derived from it, and rows without a version. It writes nothing. Each step is short, and sees one snapshot:
 * a concurrent write is in it as a whole, or not at all.
 * @returns its findings; with a signal, those so far
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

/** Milliseconds after which findings on several nodes are checked again. */
const again = 1_000;

/** On several nodes a step does not see one snapshot: a finding counts if it is found twice. */
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
