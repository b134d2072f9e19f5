/** Whether versions that are stored are within a rule. */
import type { Condition, JsonResource } from '@dhp/fhir-search';
import type { FhirStore, StoredVersion } from '@dhp/fhir-store';
import { isWithin } from './within.ts';

export interface Sight {
  /** Of the newest version: what it is now; of a deletion, what was deleted. */
  isCurrentWithin(version: StoredVersion, rule: Condition): Promise<boolean>;
  /** Of any version by its own content. What the content cannot tell is not within. */
  isVersionWithin(version: StoredVersion, rule: Condition): Promise<boolean>;
}

export function createSight(
  store: FhirStore,
  { timeZone, ownBases }: { timeZone: string; ownBases: readonly string[] },
): Sight {
  const surroundings = { store, timeZone, ownBases };

  async function told(version: StoredVersion, rule: Condition): Promise<boolean | undefined> {
    const { id } = version;
    const content = version.deleted ? await lastContent(version) : version.content;
    if (content === undefined) return false;
    return isWithin(JSON.parse(content.toString('utf8')) as JsonResource, id, rule, surroundings);
  }

  /** Of a deletion: the content that was deleted. */
  async function lastContent({ type, id, versionId }: StoredVersion): Promise<Buffer | undefined> {
    for (let before = versionId - 1; before > 0; before -= 1) {
      const version = await store.vread(type, id, before);
      if (version?.deleted === false) return version.content;
    }
    return undefined;
  }

  return {
    async isCurrentWithin(version, rule) {
      const isTold = await told(version, rule);
      if (isTold !== undefined || version.deleted) return isTold === true;
      const { type, id, versionId } = version;
      const [found] = await store.find(type, { op: 'all', of: [{ op: 'id', any: [id] }, rule] }, 1);
      return found?.versionId === versionId;
    },
    async isVersionWithin(version, rule) {
      return (await told(version, rule)) === true;
    },
  };
}
