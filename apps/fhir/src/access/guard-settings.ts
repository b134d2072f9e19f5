import type { Budget } from '@dhp/budget';
import type { ResourceStore, StoreAdmin } from '@dhp/fhir-store';
import type { Permission } from '../contract/permission.ts';
import type { Rules } from '../contract/rules.ts';
import type { Access } from '../contract/access.ts';
import type { LabelsInForce } from '../contract/known-policies.ts';
import type { CostLimits } from '../contract/costs.ts';
import type { Services } from '../contract/interaction.ts';
import type { Refused } from '../contract/refused.ts';
import type { Signatures } from '../contract/signatures.ts';
import type { ElementLimits } from './element-limits.ts';
import type { DecisionCache } from './decision-cache.ts';
import type { Factor } from './read-rules.ts';
import type { ResourceAuthorizer } from './resource-authorizer.ts';
import type { WriteRule } from './write-rule.ts';

/** All stored resources, without access rules, and who has written them. */
export type UnguardedStore = ResourceStore &
  Pick<StoreAdmin, 'creatorOf' | 'cared' | 'consented' | 'labels' | 'stated'>;

/** Settings of the guarded store of one caller. */
export interface GuardSettings {
  readonly access: Access;
  /** The read rules together. */
  readonly rules: Rules;
  /** Each of them by itself, in the order of the table: to tell which one refuses. */
  readonly factors: readonly Factor[];
  /** Where a refusal is noted; undefined if no record is kept. */
  readonly refused: Refused | undefined;
  /** The same for writes, by the kind of permission: the `patient/` scopes, whose writes have rules of their own, and all others. */
  readonly writing: { readonly patient: Rules; readonly others: Rules };
  readonly writeRules: readonly WriteRule[];
  /** Whether less may be left of a type than the scopes say: there are access policies. */
  readonly limitsTypes: boolean;
  /** Elements that the caller does not see or write; undefined: no limits. */
  readonly limits: ElementLimits | undefined;
  /** Labels in force, which answers show; undefined: no labels. */
  readonly labels: LabelsInForce | undefined;
  /** How signatures are verified; undefined if they are not. */
  readonly signatures: Signatures | undefined;
  /** The permission that a read of a resource requires. */
  readonly reading: Permission;
  readonly decisions: () => DecisionCache;
  /** Whether references of this server must have a target. */
  readonly keepsReferences: boolean;
  readonly timeZone: string;
  /**
   * Reads of a type of which the caller may see everything, if they do not use the store itself. Reads that depend on further rules use the
   * store.
   */
  readonly whole?: Services['whole'];
  /** The time, for rules that depend on an age. */
  readonly now: () => Date;
  /** The first is the public base URL. */
  readonly ownBases: readonly string[];
  readonly costs: CostLimits;
  /** Counts the index values that decisions need; undefined if no token is narrowed. */
  readonly budget: Budget | undefined;
}

/** Context in which the rules decide. */
export interface RuleContext extends GuardSettings {
  readonly store: UnguardedStore;
  readonly authorizer: ResourceAuthorizer;
}
