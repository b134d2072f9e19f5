/**
 * The labels that a container shows if rules other than labels hide resources from the caller: its own, and those of the parts that the
 * caller sees. The label of a hidden part would reveal it. Whether labels withhold the container is decided by all parts, seen or not.
 */
import { resourceTypes } from '@dhp/fhir-model';
import { containerTypes, membersOf } from '@dhp/labels';
import type { ResourceStore, StoreAdmin, StoredVersion } from '@dhp/fhir-store';
import type { GuardSettings } from './guard-settings.ts';

/** Parts that are looked at for one container, the nearest first; of those beyond, no label is shown. */
const mostParts = 100;

const containers: ReadonlySet<string> = new Set(containerTypes);

/** Whether anything but labels may hide resources of a type from the caller. */
export type Hides = (type: string) => boolean;

export function hidesBy({ factors, reading }: Pick<GuardSettings, 'factors' | 'reading'>): Hides {
  return (type) => factors.some(({ name, rules }) => name !== 'label' && rules(reading, type) !== true);
}

/** Hidden from everybody whose scopes do not name them: a document has none among its parts. */
const ofTheSystem: ReadonlySet<string> = new Set(['AuditEvent', 'Provenance']);

/** Whether it may hide any that a container has among its parts. */
export function hidesAny(hides: Hides): boolean {
  return resourceTypes.some((type) => !ofTheSystem.has(type) && hides(type));
}

interface SeenLabels {
  /** As the caller sees it. */
  readonly store: Pick<ResourceStore, 'read'>;
  readonly labels: Pick<StoreAdmin['labels'], 'ownOf'>;
  readonly ownBases: readonly string[];
  readonly hides: Hides;
}

/**
 * Returns the labels of a version that the caller may be shown.
 * @param found all of them, inherited ones too
 */
export async function seenLabels(
  version: StoredVersion,
  found: readonly string[] | undefined,
  { store, labels, ownBases, hides }: SeenLabels,
): Promise<readonly string[] | undefined> {
  if (!containers.has(version.type) || version.deleted || found?.length === 0) return found;
  const direct = partsOf(version, ownBases);
  const types = new Set(direct.map((name) => name.split('/')[0]!));
  const isDeep = [...types].some((type) => containers.has(type));
  if (![...types].some(hides) && !(isDeep && hidesAny(hides))) return found;
  const [own = []] = await labels.ownOf([version]);
  const shown = new Set(own);
  const reached = new Set(direct);
  let looked = 0;
  while (looked < Math.min(reached.size, mostParts)) {
    const names = [...reached].slice(looked, mostParts);
    looked += names.length;
    const seen = await seenParts(names, store);
    for (const each of await labels.ownOf(seen)) for (const label of each) shown.add(label);
    for (const part of seen)
      if (containers.has(part.type)) for (const name of partsOf(part, ownBases)) reached.add(name);
  }
  return [...shown];
}

function partsOf({ content }: StoredVersion, ownBases: readonly string[]): string[] {
  return membersOf(JSON.parse(content.toString('utf8')) as Record<string, unknown>, ownBases);
}

async function seenParts(names: readonly string[], store: Pick<ResourceStore, 'read'>): Promise<StoredVersion[]> {
  const versions = await Promise.all(
    names.map((name) => {
      const [type, id] = name.split('/') as [string, string];
      return store.read(type, id);
    }),
  );
  return versions.filter((version): version is StoredVersion => version?.deleted === false);
}
