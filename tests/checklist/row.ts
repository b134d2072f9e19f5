/** One row of the checklist of protocols: a request, and what must come back. */
import type { World } from './world.ts';

/** M: a MUST of the standards; S: a SHOULD; P: the platform's own document, or a policy of ours. */
export type Level = 'M' | 'S' | 'P';

export interface Row {
  readonly id: string;
  readonly level: Level;
  /** The expected answer, for the report. */
  readonly says: string;
  /** Rejects when something else comes back. */
  readonly run?: (world: World) => Promise<void>;
  /** Why there is nothing to run. */
  readonly notApplicable?: string;
}

export interface Section {
  readonly letter: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

export function row(id: string, level: Level, says: string, run: (world: World) => Promise<void>): Row {
  return { id, level, says, run };
}

export function notApplicable(id: string, level: Level, says: string, reason: string): Row {
  return { id, level, says, notApplicable: reason };
}

export interface Outcome {
  readonly section: Section;
  readonly row: Row;
  readonly result: 'passed' | 'failed' | 'not applicable';
  /** Why it failed. */
  readonly error?: unknown;
}

/** Runs a row; it never rejects. */
export async function outcomeOf(section: Section, row: Row, world: World): Promise<Outcome> {
  if (row.run === undefined) return { section, row, result: 'not applicable' };
  try {
    await row.run(world);
    return { section, row, result: 'passed' };
  } catch (error) {
    return { section, row, result: 'failed', error };
  } finally {
    await world.reset();
  }
}
