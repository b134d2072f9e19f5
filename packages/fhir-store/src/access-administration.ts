/**
 * The access policies, the queue of broken glass and the legal holds, for their administration.
 * docs/decisions/0052-administration-of-access.md
 */
import { randomUUID } from 'node:crypto';
import type { Pools } from './pools.ts';
import {
  activateDefault,
  activateEarlier,
  activateNew,
  type ActivePolicies,
  type Change,
  type PolicyActivation,
  type PolicyVersion,
  readPolicies,
  selectActivePolicies,
  selectDefaultDue,
  selectPolicyActivations,
  selectPolicyText,
  selectPolicyVersions,
} from './statements/access-policies.ts';
import { type BrokenGlass, type GlassReview, reviewGlass, selectBrokenGlass } from './statements/break-glass.ts';
import {
  insertHold,
  liftHold,
  lockHolds,
  selectHolds,
  type HeldThing,
  type LegalHold,
} from './statements/legal-holds.ts';
import type { StoreAdmin } from './store-admin.ts';
import { guarded } from './store-unavailable.ts';

/** Each method fails with StoreUnavailable if the database does not answer. */
export interface AccessAdministration {
  inForce(): Promise<ActivePolicies>;
  versions(): Promise<PolicyVersion[]>;
  /** The newest activations of policies. */
  activations(limit: number): Promise<PolicyActivation[]>;
  text(version: number): Promise<string | undefined>;
  /** As the statement: it fails with PoliciesChanged, too. */
  activate(text: string, change: Change): Promise<number>;
  /** As the statement: it fails with PoliciesChanged, too. */
  activateEarlier(version: number | 'before' | undefined, change: Change): Promise<number | undefined>;
  /** Brings the default policies of a new environment into force, once. @returns whether it did */
  activateDefault(text: string, change: Change): Promise<boolean>;
  glass(asked: { readonly all: boolean; readonly limit: number; readonly id?: string | null }): Promise<BrokenGlass[]>;
  /** @returns false if there is no such entry, or it has been reviewed: a verdict is final */
  review(review: GlassReview): Promise<boolean>;
  /** Without `all` only the holds in force; the newest first. @param asked.hold the id of a hold */
  holds(asked: { readonly all: boolean; readonly limit: number; readonly hold?: string }): Promise<LegalHold[]>;
  /** Every step of a purge goes by it from the answer on. @returns its id */
  setHold(hold: HoldToSet): Promise<string>;
  /** @returns the thing that was on hold; undefined if no hold has this id, or it was lifted before */
  liftHold(lift: Parameters<typeof liftHold>[1]): Promise<HeldThing | undefined>;
}

type HoldToSet = HeldThing & Pick<LegalHold, 'until' | 'reason' | 'setBy'>;

/** The policies in force, for decisions about access, and all policies, for their administration. */
export function createAccess({
  pages,
  holding,
  writes,
}: Pick<Pools, 'pages' | 'holding' | 'writes'>): Pick<StoreAdmin, 'accessPolicies' | 'accessAdministration'> {
  const accessAdministration: AccessAdministration = {
    inForce: () => guarded(() => selectActivePolicies(pages)),
    versions: () => guarded(() => selectPolicyVersions(pages)),
    activations: (limit) => guarded(() => selectPolicyActivations(pages, limit)),
    text: (version) => guarded(() => selectPolicyText(pages, version)),
    activate: (text, change) => guarded(() => activateNew(holding, text, change)),
    activateEarlier: (version, change) => guarded(() => activateEarlier(holding, version, change)),
    activateDefault: (text, change) =>
      guarded(async () => (await selectDefaultDue(pages)) && activateDefault(holding, text, change)),
    glass: (asked) => guarded(() => selectBrokenGlass(pages, asked)),
    review: (review) => guarded(() => reviewGlass(writes, review)),
    holds: (asked) => guarded(() => selectHolds(pages, asked)),
    setHold: (held) =>
      guarded(() =>
        holding.begin(async (session) => {
          const hold = randomUUID();
          await lockHolds(session, 'to change');
          await insertHold(session, { ...held, hold });
          return hold;
        }),
      ),
    liftHold: (lift) =>
      guarded(() =>
        holding.begin(async (session) => {
          await lockHolds(session, 'to change');
          return liftHold(session, lift);
        }),
      ),
  };
  return { accessPolicies: (known) => guarded(() => readPolicies(pages, known)), accessAdministration };
}
