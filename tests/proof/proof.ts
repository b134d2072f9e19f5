/** A proof: a claim of docs/ about the whole platform that is put to the test with real processes, for longer than `npm test`. */
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { announced } from './announced.ts';
import { backup } from './backup.ts';
import { bodies } from './bodies.ts';
import { clients } from './clients.ts';
import { exportBars } from './export-bars.ts';
import { exportProof } from './export.ts';
import { failover } from './failover.ts';
import { container } from './container.ts';
import { failure } from './failure.ts';
import { index } from './index.ts';
import { large } from './large.ts';
import { nonInterference } from './non-interference.ts';
import { overload } from './overload.ts';
import { partitionsProof } from './partitions.ts';
import { notificationBars } from './notification-bars.ts';
import { notifications } from './notifications.ts';
import { prices } from './prices.ts';
import { searches } from './searches.ts';
import { shards } from './shards.ts';
import { stretches } from './stretches.ts';
import { trail } from './trail.ts';

export interface Proof {
  /** As `npm run proof` takes it, and as the report is named. */
  readonly name: string;
  /** One sentence for `--help` and the report: what is claimed. */
  readonly claim: string;
  /** How long it takes, for `--help`: `two minutes`. */
  readonly takes: string;
  /** Names of parts that `--only` can choose, where it has any. */
  readonly parts?: readonly string[];
  /** Numbers that `--set` can choose, where it has any, as they are without it. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Whether it keeps what it has found in a file of results, and continues from there. */
  readonly goesOn?: boolean;
  /**
   * @param only the parts to run; absent: all
   * @param settings all of them
   * @param results the file of results, where one is given
   */
  run(
    progress: Progress,
    only?: readonly string[],
    settings?: Readonly<Record<string, number>>,
    results?: string,
  ): Promise<Proven>;
}

/** Result of a proof. The report is written whether or not the claim holds. */
export interface Proven {
  readonly holds: boolean;
  /** The procedure and its results, as Markdown below a heading of level 1. */
  readonly report: string;
  /** Versions of what took part, beside Node. */
  readonly versions?: string;
}

/** In the order of `--help`. */
export const proofs: readonly Proof[] = [
  bodies,
  stretches,
  failure,
  failover,
  overload,
  index,
  announced,
  backup,
  trail,
  nonInterference,
  large,
  clients,
  partitionsProof,
  notifications,
  notificationBars,
  exportProof,
  exportBars,
  container,
  searches,
  prices,
  shards,
];
