/**
 * Answers of an environment's server about its access policies, emergencies, legal holds and jobs (apps/fhir/src/administration). Times are
 * texts.
 */
import type { KindOfCallers } from './callers.ts';

export type FactorState = 'absent' | 'preparing' | 'enforced';

export interface StateAt {
  readonly generation: number;
  readonly version: number | null;
  readonly text: string | null;
  /** The treatment of Consents if no policies enforce them. */
  readonly consents: 'record' | 'refuse';
  /** Ids of active Consents that lead to no patient there, the first hundred; undefined from an earlier server. */
  readonly consentsOfNobody?: readonly string[];
  readonly factors: Readonly<Record<'consent' | 'care' | 'labels', FactorState>>;
}

interface Made {
  readonly made: string;
  readonly madeBy: string;
  readonly reason: string;
}

export interface VersionsAt {
  /** The newest first. */
  readonly versions: readonly (Made & { readonly version: number })[];
  /** The newest changes of the version in force. An entry without a version means that no version was in force from then on. */
  readonly activations: readonly (Made & { readonly version?: number })[];
}

export interface FaultAt {
  readonly place: string;
  readonly line: number;
  readonly text: string;
}

export interface Loss {
  /** An interaction, `elements`, `care`, `consent` or `label`. */
  readonly of: string;
  /** Empty: all types that hold data about a patient. */
  readonly types: readonly string[];
  readonly isNothing?: boolean;
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly hidden?: readonly string[];
  readonly readOnly?: readonly string[];
  readonly labels?: readonly string[];
  readonly rules: readonly string[];
}

/** A kind of callers with the access that it would lose. */
export type LossOf = Loss & { readonly who: KindOfCallers['shown'] & Pick<KindOfCallers, 'authority'> };

export interface Tried {
  readonly version: number | null;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly losses: readonly LossOf[];
}

export interface ExplainedAt {
  readonly stored: 'yes' | 'deleted' | 'never';
  readonly permitted: boolean;
  readonly factors: readonly { readonly factor: string; readonly says: 'leaves' | 'hides' | 'refuses-type' }[];
  readonly rules: readonly string[];
  readonly hidden: readonly string[];
  readonly readOnly: readonly string[];
  readonly labels: readonly string[];
}

export interface GlassEntry {
  readonly id: string;
  readonly subject: string;
  readonly person: string | null;
  readonly client: string;
  readonly patient: string;
  readonly reason: string;
  readonly since: string;
  readonly until: string;
  readonly verdict: string | null;
  readonly note: string | null;
  readonly reviewedBy: string | null;
}

export interface GlassAt {
  readonly glass: readonly GlassEntry[];
  readonly hasMore: boolean;
}

/** A legal hold: nobody may purge its subject while it is in force. */
export interface HoldAt {
  readonly id: string;
  /** `Type/id`, or a type. */
  readonly on: string;
  readonly reason: string;
  readonly setBy: string;
  readonly made: string;
  /** Null: until it is lifted. */
  readonly until: string | null;
  /** It is neither lifted nor over. */
  readonly stands: boolean;
  readonly lifted: string | null;
  readonly liftedBy: string | null;
  readonly liftedReason: string | null;
}

export interface HoldsAt {
  /** The newest first. */
  readonly holds: readonly HoldAt[];
  readonly hasMore: boolean;
}

export function stateOfHold({ stands, lifted }: HoldAt): 'stands' | 'lifted' | 'over' {
  if (stands) return 'stands';
  return lifted === null ? 'over' : 'lifted';
}

/** A job of an environment. It names no patient. */
export interface JobAt {
  readonly id: string;
  readonly kind: string;
  readonly client: string;
  readonly about: string;
  readonly state: 'waiting' | 'running' | 'ended';
  /** Whether its end was requested. */
  readonly stops: boolean;
  readonly attempt: number;
  /** Bytes of its output so far. */
  readonly done: number;
  /** Progress from 0 to 1; null if it cannot be estimated. */
  readonly share: number | null;
  readonly asked: string;
  readonly began: string | null;
  /** The earliest time at which a waiting job may begin. */
  readonly due: string;
  readonly expires: string;
  /** Status of its result. */
  readonly status: number | null;
}

/** Work on the search index. */
export interface IndexJobAt {
  readonly kind: 'definition' | 'parameters';
  /** Row numbers that were processed, and the last row number. */
  readonly done: number;
  readonly total: number;
}

export interface JobsAt {
  /** The newest first. */
  readonly jobs: readonly JobAt[];
  readonly index: readonly IndexJobAt[];
  readonly hasMore: boolean;
}

/** Returns true if the job waits after a failure, or failed with a server error (status 500 or above). */
export function canBeRetried({ state, stops, attempt, due, status }: JobAt, now: Date): boolean {
  if (stops) return false;
  return state === 'waiting' ? attempt > 0 && new Date(due) > now : state === 'ended' && (status ?? 0) >= 500;
}
