/** Losses by a document of access policies, of clients and of persons by their roles: for operators, before it is in force. */
import { setImmediate } from 'node:timers/promises';
import {
  clearedLabels,
  interactions,
  type InteractionName,
  type PolicyCaller,
  type PolicySet,
} from '@dhp/access-policies';
import { type KnownCaller, limitsBetween, lossesBetween } from '@dhp/access-policies/comparison';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';
import { withholding } from '@dhp/labels';
import { parseScope, permits, type ResourceScope } from '@dhp/smart-scopes';
import { guardedBy } from '../access/label-definition.ts';

/** A kind of callers who are all alike to the policies: a client, or the persons with some roles. */
export interface TriedCaller extends PolicyCaller {
  readonly scopes: readonly string[];
  /** Scopes that the roles permit; undefined if no role narrows. */
  readonly roleScopes?: readonly string[] | undefined;
}

/** Something that a kind of callers would lose. */
export interface PolicyLoss {
  /** The place of the caller in the list that was given. */
  readonly caller: number;
  readonly of: InteractionName | 'elements' | 'care' | 'consent' | 'label';
  /** Empty for a factor that applies to every resource about a patient. */
  readonly types: readonly string[];
  /** Queries of which one has to be met; undefined: nothing is left. */
  readonly only?: readonly string[] | undefined;
  /** Queries for the resources that are left out. */
  readonly without?: readonly string[];
  readonly isNothing?: true;
  readonly hidden?: readonly string[];
  readonly readOnly?: readonly string[];
  /** Labels for which the caller is not cleared. */
  readonly labels?: readonly string[];
  /** Rules that say so, by name; empty: `others`. */
  readonly rules: readonly string[];
}

/**
 * Returns the access that each caller would lose, with pauses between, so that other requests are not held up.
 * @param before undefined: no policies are in force
 * @param purpose a purpose of use that requests state, beside requests that state none
 */
export async function tryPolicies(
  before: PolicySet | undefined,
  after: PolicySet,
  callers: readonly TriedCaller[],
  purpose?: string,
): Promise<PolicyLoss[]> {
  const found: PolicyLoss[] = [];
  for (const [n, caller] of callers.entries()) {
    const losses = lossesOf(before, after, caller, n);
    const stated = purpose === undefined ? [] : lossesOf(before, after, caller, n, purpose);
    const known = new Set(losses.map((loss) => JSON.stringify(loss)));
    found.push(...losses, ...stated.filter((loss) => !known.has(JSON.stringify(loss))));
    await setImmediate();
  }
  return found;
}

/** The set as it is for requests that state a purpose. */
function stating<Set extends PolicySet | undefined>(set: Set, purpose: string): Set {
  return set && { ...set, purposes: [purpose] };
}

function lossesOf(
  before: PolicySet | undefined,
  after: PolicySet,
  tried: TriedCaller,
  caller: number,
  purpose?: string,
): PolicyLoss[] {
  const known = knownCaller(tried);
  const [old, now] = purpose === undefined ? [before, after] : [stating(before, purpose), stating(after, purpose)];
  return [
    ...lossesBetween(old, now, [known], resourceTypes).map(({ interaction, types, left, rules }) => ({
      ...{ caller, of: interaction, types, rules },
      ...(left === 'none' ? { isNothing: true as const } : { only: left.any, without: left.none }),
    })),
    ...limitsBetween(old, now, [known], { types: resourceTypes, has: hasElement }).map(
      ({ types, hidden, readOnly, rules }) => ({ caller, of: 'elements' as const, types, hidden, readOnly, rules }),
    ),
    ...factorLosses(before, after, known, purpose).map((loss) => ({ caller, types: [], rules: [], ...loss })),
  ];
}

/** By care, consents and labels, which no rule names. A caller whom the scopes give nothing loses nothing. */
function factorLosses(
  before: PolicySet | undefined,
  after: PolicySet,
  caller: KnownCaller,
  purpose: string | undefined,
): Pick<PolicyLoss, 'of' | 'labels'>[] {
  if (!resourceTypes.some((type) => Object.values(interactions).some((one) => caller.permits(one, type)))) return [];
  const isBound = (set: PolicySet | undefined): boolean =>
    caller.positions?.some(({ role }) => role !== undefined && set?.care?.roles.includes(role) === true) === true;
  const old = withheldFrom(before, caller, purpose);
  const labels = withheldFrom(after, caller, purpose).filter((label) => !old.includes(label));
  return [
    ...(isBound(after) && !isBound(before) ? [{ of: 'care' as const }] : []),
    // A patient sees the own record, even if others are refused.
    ...(after.consent !== undefined && before?.consent === undefined && caller.authority !== 'patient'
      ? [{ of: 'consent' as const }]
      : []),
    ...(labels.length === 0 ? [] : [{ of: 'label' as const, labels }]),
  ];
}

/**
 * As the factor `label` has it: a stated purpose removes access to labels not cleared for it, and adds access to those whose clearance depends on the
 * statement.
 */
function withheldFrom(
  set: PolicySet | undefined,
  caller: PolicyCaller,
  purpose: string | undefined,
): readonly string[] {
  if (set?.labels === undefined) return [];
  const guarded = guardedBy(set.labels);
  const of = (purposes: readonly string[] | undefined): readonly string[] =>
    withholding(guarded, clearedLabels(set, { ...caller, purposes }, purposes, purpose));
  const [usual, stated] = [of(set.purposes), purpose === undefined ? [] : of([purpose])];
  return guarded.filter((label) => usual.includes(label) || stated.includes(label));
}

function hasElement(type: string, element: string): boolean {
  return elementsOf(type)?.has(element) === true;
}

function knownCaller({ scopes, roleScopes, ...caller }: TriedCaller): KnownCaller {
  const read = (texts: readonly string[]): ResourceScope[] => texts.flatMap((text) => parseScope(text) ?? []);
  const own = read(scopes).filter(({ context }) => context === caller.authority);
  const byRole = roleScopes && read(roleScopes);
  return {
    ...caller,
    permits: (permission, type) =>
      permits(own, permission, type) && (byRole === undefined || permits(byRole, permission, type)),
  };
}
