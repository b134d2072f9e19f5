import type { ResourceStore, StoreAdmin } from '@dhp/fhir-store';
import type { Permission } from '../contract/permission.ts';
import type { Access } from '../http/access.ts';
import type { Rules } from '../contract/rules.ts';

/** All that is stored, whoever may see it, and who has written it. */
export type UnguardedStore = ResourceStore & Pick<StoreAdmin, 'creatorOf' | 'memory'>;

export interface GuardSettings {
  readonly access: Access;
  readonly rules: Rules;
  /** The same for writes by what permits them: the `patient/` scopes, whose writes have rules of their own, and all others. */
  readonly writing: { readonly patient: Rules; readonly others: Rules };
  /** What a resource must be permitted for that is read. */
  readonly reading: Permission;
  readonly timeZone: string;
  readonly ownBases: readonly string[];
}
