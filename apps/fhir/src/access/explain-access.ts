/** Says of one resource whether somebody may read or change it, and which factor of the decision refuses: for operators, at a desk. */
import type { Budget } from '@dhp/budget';
import type { CostLimits } from '../contract/costs.ts';
import { type ElementLimits, type Explained, explain, limitsOf, type PolicySet } from '@dhp/access-policies';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Access } from '../contract/access.ts';
import type { Permission } from '../contract/permission.ts';
import { accessOf, type Grant } from '../http/access.ts';
import { defaultCosts } from '../http/cost.ts';
import { openDecisionCache } from './decision-cache.ts';
import { labelsInForce } from './labelling.ts';
import { withFactors } from './known-policies.ts';
import { limitedCallerOf, policyCallerOf } from './policy-rules.ts';
import { factorsBy, readRules, together, type Factor, type RuleServices } from './read-rules.ts';
import { openSharedConditions } from './shared-conditions.ts';
import { createResourceAuthorizer, type ResourceAuthorizer } from './resource-authorizer.ts';

/** The verdict of one factor. `hides`: it leaves some of the type, and not this one. */
export interface FactorVerdict {
  readonly factor: string;
  readonly says: 'leaves' | 'hides' | 'refuses-type';
}

export interface ExplainedAccess {
  /** All factors leave it. Undefined if there is no such resource. */
  readonly permitted: boolean | undefined;
  readonly factors: readonly FactorVerdict[];
  /** The rules of the access policies that are about the caller and the type; undefined if no policies are in force. */
  readonly policies: Explained | undefined;
  /** Elements of the type that the policies hide, or keep from being written. */
  readonly limits: ElementLimits | undefined;
  /** Labels of the resource, with those that it inherits; undefined if labels are not in force, or it puts too much together. */
  readonly labels: readonly string[] | undefined;
}

export interface AskedAccess {
  /** Claims of a token of the caller. */
  readonly grant: Omit<Grant, 'expiresAt' | 'token' | 'identifierTypes'>;
  readonly permission: Permission;
  readonly type: string;
  readonly id: string;
  /** An earlier version; undefined: the current one. */
  readonly versionId?: number | undefined;
  /** The purpose of use that the request states; undefined: none. */
  readonly purpose?: string | undefined;
  /** Undefined: none are in force. */
  readonly policies: PolicySet | undefined;
  /** The request's budget, charged for reads of the resource; undefined if no request waits for the answer. */
  readonly paying?: { readonly budget: Budget; readonly costs: CostLimits } | undefined;
}

/** Asks each factor by itself, as the server does, by the same rules. */
export async function explainAccess(
  store: RuleServices['unguarded'],
  { timeZone, baseUrl, clock }: { readonly timeZone: string; readonly baseUrl: string; readonly clock: () => Date },
  { policies: set, ...asked }: AskedAccess,
): Promise<ExplainedAccess> {
  return (await explainedBy(store, { timeZone, baseUrl, clock }, { ...asked, policies: set })).explained;
}

/** The same with the version, where there is one. */
export async function explainedBy(
  store: RuleServices['unguarded'],
  { timeZone, baseUrl, clock }: { readonly timeZone: string; readonly baseUrl: string; readonly clock: () => Date },
  { policies: set, ...asked }: AskedAccess,
): ReturnType<typeof explained> {
  const labels = set?.labels && (await labelsInForce(store, set.labels));
  const none = { generation: 0, consents: undefined, care: undefined, labels, conditions: openSharedConditions() };
  const inForce = set && (await withFactors(store, { ...none, set }));
  const policies = { current: () => inForce, fresh: () => undefined, faults: () => [], awaited: () => [] };
  const services = { timeZone, clock, baseUrl, unguarded: store, policies };
  return explained(services, asked);
}

/** Asks each factor by itself by the policies that are in force at a server. @returns the version, too, where there is one */
export async function explained(
  services: RuleServices,
  { grant, permission, type, id, versionId, purpose, paying }: Omit<AskedAccess, 'policies'>,
): Promise<{ readonly explained: ExplainedAccess; readonly version: StoredVersion | undefined }> {
  const { timeZone, baseUrl, unguarded: store } = services;
  const set = services.policies.current()?.set;
  const ofToken = { issuedAt: 0, subjects: [] };
  const access = accessOf({ ...grant, expiresAt: 0, identifierTypes: [], token: ofToken });
  const acting = purpose === undefined ? access : { ...access, purpose };
  const factors = factorsFor(services, access, purpose);
  const decisions = openDecisionCache();
  const authorizer = createResourceAuthorizer(store, {
    ...{ rules: together(factors.map(({ rules }) => rules)), timeZone, ownBases: [baseUrl] },
    ...{ decisions: () => decisions, costs: paying?.costs ?? defaultCosts, budget: paying?.budget },
  });
  const version = await (versionId === undefined ? store.read(type, id) : store.vread(type, id, versionId));
  const verdicts = new Map<string, FactorVerdict>();
  for (const factor of factors) {
    const verdict = await verdictOf(factor, { authorizer, permission, type, version, versionId });
    const known = verdicts.get(factor.name);
    if (known === undefined || gravity[verdict.says] > gravity[known.says]) verdicts.set(factor.name, verdict);
  }
  const told: ExplainedAccess = {
    permitted: version === undefined ? undefined : [...verdicts.values()].every(({ says }) => says === 'leaves'),
    factors: [...verdicts.values()],
    labels: version && services.policies.current()?.labels && (await store.labels.of([version]))[0],
    policies: set && explain(set, policyCallerOf(acting, set), permission, type),
    limits: set && limitsOf(set, limitedCallerOf(acting, set), type),
  };
  return { explained: told, version };
}

/** As `Caller.acting` has them: a stated purpose adds to the rules for all requests, or replaces them. */
function factorsFor(services: RuleServices, access: Access, purpose: string | undefined): Factor[] {
  if (purpose === undefined) return factorsBy(readRules, services, access);
  const usual = readRules.filter(({ asksPurpose }) => asksPurpose !== 'instead');
  const asking = readRules.filter(({ asksPurpose }) => asksPurpose !== undefined);
  return [...factorsBy(usual, services, access), ...factorsBy(asking, services, { ...access, purpose })];
}

const gravity = { leaves: 0, hides: 1, 'refuses-type': 2 } as const;

interface Of {
  readonly authorizer: ResourceAuthorizer;
  readonly permission: Permission;
  readonly type: string;
  readonly version: StoredVersion | undefined;
  readonly versionId: number | undefined;
}

async function verdictOf({ name, rules }: Factor, of: Of): Promise<FactorVerdict> {
  const { authorizer, version } = of;
  const rule = rules(of.permission, of.type);
  if (typeof rule === 'boolean') return { factor: name, says: rule ? 'leaves' : 'refuses-type' };
  if (version === undefined) return { factor: name, says: 'leaves' };
  const isWithin =
    of.versionId === undefined
      ? await authorizer.isCurrentWithin(version, rule)
      : await authorizer.isVersionWithin(version, rule);
  return { factor: name, says: isWithin ? 'leaves' : 'hides' };
}
