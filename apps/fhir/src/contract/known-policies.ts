import type { PolicySet } from '@dhp/access-policies';
import type { Cared, Condition } from '@dhp/search-index';

/** Consents as they are enforced. */
export interface ConsentsInForce {
  /** Purposes of use of requests that state none; undefined: it is not known. */
  readonly purposes: readonly string[] | undefined;
  /** Whether they do not apply to a patient for whom the glass is broken. */
  readonly isOverridden: boolean;
}

/** The binding of persons to their patients, as it is in force. */
export interface CareInForce {
  readonly roles: ReadonlySet<string>;
  /** Types that are not bound. */
  readonly except: ReadonlySet<string>;
  readonly windows: Cared['windows'];
  /** Whether it does not apply to a patient for whom the glass is broken. */
  readonly isOverridden: boolean;
}

/**
 * Returns the condition of criteria on a type, which `make` makes; undefined for criteria that are no search of the type.
 * @param state of all that a condition depends on beside them: with another one all are made again
 */
export type SharedConditions = (
  state: string,
  type: string,
  criteria: string,
  make: () => Condition | undefined,
) => Condition | undefined;
/** Labels as they are enforced: those that are withheld from callers without clearance. */
export interface LabelsInForce {
  readonly withheld: readonly string[];
  /** All that the server may show of a resource. */
  readonly known: readonly string[];
}

/** The access policies in force, as this server knows them. */
export interface PoliciesInForce {
  readonly generation: number;
  readonly set: PolicySet;
  /** Undefined: consents are recorded, and refuse nothing. */
  readonly consents: ConsentsInForce | undefined;
  /** Undefined: nobody is bound to patients. */
  readonly care: CareInForce | undefined;
  /** Of their criteria, for all tokens. */
  readonly conditions: SharedConditions;
  /** Undefined: labels withhold nothing. */
  readonly labels?: LabelsInForce | undefined;
}

export interface KnownPolicies {
  /** Undefined: none are in force. */
  readonly current: () => PoliciesInForce | undefined;
  /**
   * Undefined if they are known as they were a second ago or later; else to be waited for.
   * @throws StoreUnavailable, as a rejection
   */
  readonly fresh: () => Promise<void> | undefined;
  /** Sentences on resources that the policies need and that are missing. */
  readonly faults: () => readonly string[];
  /** Factors required by the policies whose rows are being made. */
  readonly awaited: () => readonly AwaitedFactor[];
}

/** A factor required by the policies, whose rows do not yet exist for all stored resources. */
export interface AwaitedFactor {
  /** `members`: the members of each team and group. */
  readonly factor: 'consents' | 'care' | 'members';
  /** Whether it decides already, by earlier rows. */
  readonly isInForce: boolean;
  /** Why the last attempt to make them failed; undefined if none has since one succeeded. */
  readonly failure: string | undefined;
}
