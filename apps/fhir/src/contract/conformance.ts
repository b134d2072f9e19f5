import type { Budget, Round } from '@dhp/budget';
import type { UsageContext, Issue } from '@dhp/fhir-validation';
import type { JsonSource } from '@dhp/fhir-model';
import type { ResourceStore, NewVersion } from '@dhp/fhir-store';
import type { ReceivedResource } from './resource.ts';

export interface Budgets {
  readonly validation: Budget;
  readonly index: Budget;
}

export interface Conformance {
  /** Whether writes are checked. */
  readonly isEnforced: boolean;
  /**
   * Loads the stored definitions and terminology; those written by other servers within a second. To be awaited before `check`; undefined
   * if they are current already. Rejects with StoreUnavailable.
   */
  refresh(): Promise<void> | undefined;
  /**
   * The faults of a resource, by the policy, by further profiles and in contexts of use: errors, which refuse it, and
   * warnings. The same whether or not writes are checked.
   * @param budget what it may cost
   * @param targets for which findings about the targets of its references are looked for, within `withTargets`: where some have to be
   *   read first, its round is ended; never without `targets`
   * @throws BudgetSpent
   */
  check(
    received: ReceivedResource,
    budget: Budget,
    profiles?: readonly string[],
    usage?: readonly UsageContext[],
    targets?: TargetsAsked,
  ): readonly Issue[];
  /**
   * As `check`, of a large resource in another thread, and makes its index values there.
   * @param validates whether it is checked; else there are no findings
   * @param index undefined: no index values are wanted
   * @throws BudgetSpent
   */
  checkApart(large: LargeResource, budgets: Budgets, asked: ApartAsked): Promise<Apart>;
  /** Ends the other thread. */
  close(): Promise<void>;
}

/** Reads of reference targets, and the findings that need them: all, or only those that refuse the resource. */
export interface TargetsAsked {
  readonly reads: TargetReads;
  readonly findings: 'errors' | 'all';
}

/** A resource that was sent, before it is parsed: no two threads need hold its value at the same time. */
export interface LargeResource {
  readonly source: JsonSource;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly parse: () => Promise<Record<string, unknown>>;
}

export interface ApartAsked {
  readonly validates: boolean;
  readonly index: ReturnType<ResourceStore['indexReading']> | undefined;
  readonly profiles?: readonly string[];
  readonly usage?: readonly UsageContext[];
  readonly targets?: TargetsAsked | undefined;
}

export interface Apart extends ReceivedResource {
  readonly issues: readonly Issue[];
  readonly prepared: NewVersion['prepared'];
}

/** The targets that a request has read, and those that are still to be read. */
export interface TargetReads {
  /** As the caller may read it: conformance to a profile must not reveal what an unreadable target contains. */
  readonly seen: Pick<ResourceStore, 'read'>;
  readonly round: Round;
}

/** The treatment of consents: they are recorded, with a warning, or refused. */
export type ConsentPolicy = 'record' | 'refuse';
