/** Whether a caller's rule permits a version that is stored, or a resource that is about to be. */
import type { JsonResource } from '@dhp/fhir-search';
import type { Condition } from '@dhp/search-index';
import type { StoredVersion } from '@dhp/fhir-store';
import { allowForStored, payForParsing } from '../http/cost.ts';
import type { DecisionCache } from './decision-cache.ts';
import type { GuardSettings, UnguardedStore } from './guard-settings.ts';
import { securityContextOf, withoutPatient } from './security-context.ts';
import { isWithin, isWithinAlone, isWithinTogether, withoutUnstated } from './within.ts';

export interface ResourceAuthorizer {
  /** The current version, with the facts that the database knows for the rule, in the same statement. */
  read(type: string, id: string, rule: Condition): Promise<StoredVersion | undefined>;
  /** Whether the read of a version by `read` has told that it is within the rule, so that nothing is left to decide. */
  isTold(version: StoredVersion, rule: Condition): boolean;
  /** Decides about the newest version by its current content; for a deletion, by the deleted content. */
  isCurrentWithin(version: StoredVersion, rule: Condition): Promise<boolean>;
  /** Decides about any version by its own content. A condition that the content cannot decide is not met. */
  isVersionWithin(version: StoredVersion, rule: Condition): Promise<boolean>;
  /** Decides about a resource to be written, together with the resources of its Bundle; undefined if it cannot be decided. */
  isResourceWithin(
    resource: JsonResource,
    id: string,
    rule: Condition,
    bundled?: BundleResources,
  ): Promise<boolean | undefined>;
}

/** Resources that are written together, by `Type/id`. */
export type BundleResources = ReadonlyMap<string, JsonResource>;

type AuthorizerSettings = Pick<GuardSettings, 'rules' | 'timeZone' | 'ownBases' | 'decisions' | 'costs' | 'budget'> &
  Partial<Pick<GuardSettings, 'labels'>>;

export function createResourceAuthorizer(
  store: UnguardedStore,
  { rules, timeZone, ownBases, decisions, costs, budget, labels }: AuthorizerSettings,
): ResourceAuthorizer {
  const context = { store, timeZone, ownBases, budget };

  async function isResourceWithin(
    resource: JsonResource,
    id: string,
    rule: Condition,
    bundled?: BundleResources,
  ): Promise<boolean | undefined> {
    const around = { ...context, ...(bundled !== undefined && { bundled }), isSent: true };
    const security = securityContextOf(resource, ownBases);
    if (security.kind === 'none') return isSentWithin(context, { resource, id }, rule, around);
    if (security.kind === 'unknown') return false;
    const isOwn = await isWithin(resource, id, withoutPatient(rule), around);
    return isOwn === true && (await isReadable(security, bundled));
  }

  async function isReadable(
    { type, id, name }: { type: string; id: string; name: string },
    bundled?: BundleResources,
  ): Promise<boolean> {
    const rule = rules('r', type);
    if (rule === false) return false;
    const other = bundled?.get(name);
    if (other !== undefined) return rule === true || (await isResourceWithin(other, id, rule, bundled)) === true;
    const current = await store.read(type, id);
    if (current === undefined || current.deleted) return false;
    return rule === true || isCurrentWithin(current, rule);
  }

  async function decide(version: StoredVersion, given: Condition): Promise<boolean | undefined> {
    const { id } = version;
    const kept = decisions();
    const rule = restOf(version, given, kept);
    if (rule === true) return true;
    const known = kept.of(version, rule);
    if (known !== undefined) return known;
    const content = version.deleted ? await lastContent(store, version) : version.content;
    if (content === undefined) return false;
    // A single large resource is readable by every caller who may see it; many of them are limited together.
    if (budget !== undefined) allowForStored(costs, budget, content.length);
    payForParsing(budget, content);
    const resource = JSON.parse(content.toString('utf8')) as JsonResource;
    if (securityContextOf(resource, ownBases).kind !== 'none') return isResourceWithin(resource, id, rule);
    const rest = await withoutUnstated(resource, rule, context);
    // Nothing but the labels decides: no index values are made.
    if (rest.op === 'unlabelled')
      return store.labels.unlabelled({ type: version.type, id, resource, isSent: false }, rest);
    const alone = isWithinAlone(resource, id, rest, context);
    if (typeof alone !== 'boolean') return isWithinTogether({ resource, id, row: alone }, rest, context);
    if (rest === rule) kept.keep(version, rule, alone); // without consents it is so at this moment alone
    return alone;
  }

  async function isCurrentWithin(version: StoredVersion, rule: Condition): Promise<boolean> {
    const isTold = await decide(version, rule);
    if (isTold !== undefined || version.deleted) return isTold === true;
    const { type, id, versionId } = version;
    const [found] = await store.find(type, { op: 'all', of: [{ op: 'id', any: [id] }, rule] }, 1);
    return found?.versionId === versionId;
  }

  return {
    read(type, id, rule) {
      const told = decisions().told(rule);
      return store.read(type, id, told.asked(labels !== undefined));
    },
    isTold: (version, rule) => restOf(version, rule, decisions()) === true,
    isCurrentWithin,
    isResourceWithin,
    async isVersionWithin(version, rule) {
      return (await decide(version, rule)) === true;
    },
  };
}

/** Most patients have stated no consent, and where labels alone are left no index values are made. */
async function isSentWithin(
  context: Parameters<typeof withoutUnstated>[2] & { readonly store: Pick<UnguardedStore, 'labels'> },
  { resource, id }: { resource: JsonResource; id: string },
  rule: Condition,
  around: Parameters<typeof isWithin>[3],
): Promise<boolean | undefined> {
  const rest = await withoutUnstated(resource, rule, context);
  if (rest.op !== 'unlabelled') return isWithin(resource, id, rest, around);
  return context.store.labels.unlabelled({ type: resource.resourceType, id, resource, isSent: true }, rest);
}

/** Returns the content before a deletion; undefined if there never was one. */
export async function lastContent(
  store: Pick<UnguardedStore, 'vread'>,
  { type, id, versionId }: StoredVersion,
): Promise<Buffer | undefined> {
  for (let before = versionId - 1; before > 0; before -= 1) {
    const version = await store.vread(type, id, before);
    if (version?.deleted === false) return version.content;
  }
  return undefined;
}

/** The part of a rule that the read of the version has not answered. Of a Binary nothing: it is as open as the resource that it names. */
function restOf(version: StoredVersion, rule: Condition, kept: DecisionCache): Condition | true {
  const { type, unrefused, unlabelled, hasOneOf } = version;
  const isTold = unrefused !== undefined || unlabelled !== undefined || hasOneOf !== undefined;
  return type === 'Binary' || !isTold ? rule : kept.told(rule).rest(version);
}
