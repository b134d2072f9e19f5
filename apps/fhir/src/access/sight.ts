/** Whether versions that are stored are within a rule. */
import type { Condition, JsonResource } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import type { GuardSettings, UnguardedStore } from './guard-settings.ts';
import { securityContextOf, withoutPatient } from './security-context.ts';
import { verdictsOf } from './verdicts.ts';
import { isWithin, isWithinAlone, isWithinTogether } from './within.ts';

export interface Sight {
  /** Of the newest version: what it is now; of a deletion, what was deleted. */
  isCurrentWithin(version: StoredVersion, rule: Condition): Promise<boolean>;
  /** Of any version by its own content. What the content cannot tell is not within. */
  isVersionWithin(version: StoredVersion, rule: Condition): Promise<boolean>;
  /** Of what is about to be written, together with `mates`; undefined where it cannot be told. */
  isResourceWithin(resource: JsonResource, id: string, rule: Condition, mates?: Mates): Promise<boolean | undefined>;
}

/** Resources that are written together, by `Type/id`. */
export type Mates = ReadonlyMap<string, JsonResource>;

export function createSight(store: UnguardedStore, { rules, timeZone, ownBases }: GuardSettings): Sight {
  const surroundings = { store, timeZone, ownBases };
  const verdicts = verdictsOf(store);

  async function isResourceWithin(
    resource: JsonResource,
    id: string,
    rule: Condition,
    mates?: Mates,
  ): Promise<boolean | undefined> {
    const around = mates === undefined ? surroundings : { ...surroundings, mates };
    const context = securityContextOf(resource, ownBases);
    if (context.kind === 'none') return isWithin(resource, id, rule, around);
    if (context.kind === 'unknown') return false;
    const isOwn = await isWithin(resource, id, withoutPatient(rule), around);
    return isOwn === true && (await isReadable(context, mates));
  }

  async function isReadable(
    { type, id, name }: { type: string; id: string; name: string },
    mates?: Mates,
  ): Promise<boolean> {
    const rule = rules('r', type);
    if (rule === false) return false;
    const mate = mates?.get(name);
    if (mate !== undefined) return rule === true || (await isResourceWithin(mate, id, rule, mates)) === true;
    const current = await store.read(type, id);
    if (current === undefined || current.deleted) return false;
    return rule === true || isCurrentWithin(current, rule);
  }

  async function told(version: StoredVersion, rule: Condition): Promise<boolean | undefined> {
    const { id } = version;
    const known = verdicts.of(version, rule);
    if (known !== undefined) return known;
    const content = version.deleted ? await lastContent(version) : version.content;
    if (content === undefined) return false;
    const resource = JSON.parse(content.toString('utf8')) as JsonResource;
    if (securityContextOf(resource, ownBases).kind !== 'none') return isResourceWithin(resource, id, rule);
    const alone = isWithinAlone(resource, id, rule, surroundings);
    if (typeof alone !== 'boolean') return isWithinTogether({ resource, id, row: alone }, rule, surroundings);
    verdicts.keep(version, rule, alone);
    return alone;
  }

  /** Of a deletion: the content that was deleted. */
  async function lastContent({ type, id, versionId }: StoredVersion): Promise<Buffer | undefined> {
    for (let before = versionId - 1; before > 0; before -= 1) {
      const version = await store.vread(type, id, before);
      if (version?.deleted === false) return version.content;
    }
    return undefined;
  }

  async function isCurrentWithin(version: StoredVersion, rule: Condition): Promise<boolean> {
    const isTold = await told(version, rule);
    if (isTold !== undefined || version.deleted) return isTold === true;
    const { type, id, versionId } = version;
    const [found] = await store.find(type, { op: 'all', of: [{ op: 'id', any: [id] }, rule] }, 1);
    return found?.versionId === versionId;
  }

  return {
    isCurrentWithin,
    isResourceWithin,
    async isVersionWithin(version, rule) {
      return (await told(version, rule)) === true;
    },
  };
}
