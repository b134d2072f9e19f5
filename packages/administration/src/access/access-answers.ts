/** Answers of an environment about its access policies, its emergencies, its legal holds and its jobs, as its server gives them (apps/fhir/src/administration). Times are texts. */
import type { KindOfCallers } from './callers.ts';

export type FactorState = 'absent' | 'preparing' | 'enforced';

export interface StateAt {
  readonly generation: number;
  readonly version: number | null;
  readonly text: string | null;
  /** The treatment of Consents where no policies enforce them. */
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
  /** The newest changes of what is in force. Without a version: none from then on. */
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
  /** Empty: whatever tells of a patient. */
  readonly types: readonly string[];
  readonly isNothing?: boolean;
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly hidden?: readonly string[];
  readonly readOnly?: readonly string[];
  readonly labels?: readonly string[];
  readonly rules: readonly string[];
}

/** A kind of callers with what it would lose. */
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

/** A legal hold: what it is on may be purged by nobody while it stands. */
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
  /** It was asked to end. */
  readonly stops: boolean;
  readonly attempt: number;
  /** Bytes of what it has made. */
  readonly done: number;
  /** How far it is, from 0 to 1; null if nobody can say. */
  readonly share: number | null;
  readonly asked: string;
  readonly began: string | null;
  /** Before which it is not begun, where it waits. */
  readonly due: string;
  readonly expires: string;
  /** Status of its result. */
  readonly status: number | null;
}

/** Work on the search index. */
export interface IndexJobAt {
  readonly kind: 'definition' | 'parameters';
  /** Row numbers that were passed, and the last one that there is. */
  readonly done: number;
  readonly total: number;
}

export interface JobsAt {
  /** The newest first. */
  readonly jobs: readonly JobAt[];
  readonly index: readonly IndexJobAt[];
  readonly hasMore: boolean;
}

/** Whether it waits after a failure, or has failed for a reason of the server. */
export function canBeRetried({ state, stops, attempt, due, status }: JobAt, now: Date): boolean {
  if (stops) return false;
  return state === 'waiting' ? attempt > 0 && new Date(due) > now : state === 'ended' && (status ?? 0) >= 500;
}
