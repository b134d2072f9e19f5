/** Plans an installation: for each resource of a package, its id and whether it is created, updated, restored or already stored. */
import { scanJson } from '@dhp/fhir-model';
import { contentHash } from '@dhp/fhir-model/stamp';
import { candidateIds, PackageFault, type FhirPackage, type PackageResource } from '@dhp/fhir-package';
import type { FhirStore } from '@dhp/fhir-store';
import type { PackageMember } from '@dhp/fhir-store/packages';

/**
 * `create`: the id is new. `update`: it has the content of an earlier installation. `restore`: it was deleted. `same`: nothing to do.
 * `changed`: somebody changed it since a package stored it, so it stays.
 */
export type Action = 'create' | 'update' | 'restore' | 'same' | 'changed';

export interface PlannedResource {
  readonly item: PackageResource;
  readonly action: Action;
  /** The version that an `update` replaces. */
  readonly current: number | undefined;
  readonly member: Omit<PackageMember, 'package'>;
}

/** The current version under an id. */
interface Current {
  readonly versionId: number;
  /** Undefined when it is deleted. */
  readonly hash: string | undefined;
}

/** Reads by id in flight: the store batches them. */
const reads = 64;

/**
 * Decides about every resource of a package. Nothing is written.
 *
 * @param overwrite replaces resources that somebody changed since with the package's content
 */
export async function planInstallation(
  content: FhirPackage,
  members: readonly PackageMember[],
  store: Pick<FhirStore, 'read'>,
  overwrite: boolean,
): Promise<PlannedResource[]> {
  const { manifest, resources } = content;
  const known = register(members);
  const names = new Set(members.map(({ type, id }) => `${type}/${id}`));
  const withoutUrl = new Map(
    members.filter((member) => isMine(member) && !member.url).map((member) => [`${member.type}/${member.id}`, member]),
  );
  const currents = new Map<string, Current | undefined>();
  await readAhead();
  const taken = new Set<string>();

  const planned: PlannedResource[] = [];
  for (const item of resources) {
    const hash = contentHash(item.source);
    const { id, brought, adopted } = await choosePlace(item, hash);
    taken.add(`${item.type}/${id}`);
    const current = await look(item.type, id);
    planned.push({
      item,
      action: actionOf(current, hash, brought, overwrite),
      current: current?.versionId,
      member: { type: item.type, id, url: item.url, version: item.version, hash, adopted },
    });
  }
  return planned;

  /** The previous id, otherwise that of the same resource from elsewhere, otherwise the first free one. */
  async function choosePlace(item: PackageResource, hash: string): Promise<Place> {
    const { type } = item;
    const ids = candidateIds(manifest, item);
    const same = known.get(canonicalKey(item, hash)) ?? [];
    const free = same.filter(({ id }) => !taken.has(`${type}/${id}`));
    const mine = free.find(isMine) ?? ids.map((id) => withoutUrl.get(`${type}/${id}`)).find((one) => one && !item.url);
    const brought = mine ?? free.find((member) => member.hash === hash);
    if (brought !== undefined) return { id: brought.id, brought: brought.hash, adopted: brought.adopted };
    for (const id of ids) {
      const name = `${type}/${id}`;
      if (taken.has(name) || names.has(name)) continue;
      const current = await look(type, id);
      if (current?.hash === undefined) return { id, brought: undefined, adopted: false };
      if (current.hash === hash) return { id, brought: hash, adopted: true };
    }
    throw new PackageFault('not-a-package', `${item.file}: every id that this ${type} could have is taken.`);
  }

  async function look(type: string, id: string): Promise<Current | undefined> {
    const name = `${type}/${id}`;
    if (!currents.has(name)) currents.set(name, await readCurrent(store, type, id));
    return currents.get(name);
  }

  /** Reads most of the needed resources in advance, many at a time. */
  async function readAhead(): Promise<void> {
    const first = resources.flatMap((item) => {
      const same = known.get(canonicalKey(item, '')) ?? [];
      return [...same.map(({ id }) => id), ...candidateIds(manifest, item).slice(0, 1)].map(
        (id) => [item.type, id] as const,
      );
    });
    const left = first.values();
    await Promise.all(
      Array.from({ length: reads }, async () => {
        for (const [type, id] of left) await look(type, id);
      }),
    );
  }

  function isMine({ package: { name, version } }: PackageMember): boolean {
    return name === manifest.name && version === manifest.version;
  }
}

interface Place {
  readonly id: string;
  /** The hash of the content that a package stored there before. */
  readonly brought: string | undefined;
  readonly adopted: boolean;
}

function actionOf(current: Current | undefined, hash: string, brought: string | undefined, overwrite: boolean): Action {
  if (current === undefined) return 'create';
  if (current.hash === undefined) return 'restore';
  if (current.hash === hash) return 'same';
  return current.hash === brought || overwrite ? 'update' : 'changed';
}

/** The members of all packages by their canonical key. */
function register(members: readonly PackageMember[]): ReadonlyMap<string, readonly PackageMember[]> {
  const byCanonical = new Map<string, PackageMember[]>();
  for (const member of members) {
    const key = canonicalKey(member, member.hash);
    const list = byCanonical.get(key);
    if (list === undefined) byCanonical.set(key, [member]);
    else list.push(member);
  }
  return byCanonical;
}

/** Canonical and business version identify a resource; one without a canonical is identified by its content. */
function canonicalKey(
  { type, url, version }: { type: string; url: string | undefined; version: string | undefined },
  hash: string,
): string {
  return JSON.stringify(url === undefined ? [type, hash] : [type, url, version]);
}

async function readCurrent(store: Pick<FhirStore, 'read'>, type: string, id: string): Promise<Current | undefined> {
  const current = await store.read(type, id);
  if (current === undefined) return undefined;
  const { versionId, deleted, content } = current;
  return { versionId, hash: deleted ? undefined : contentHash(scanJson(content.toString())) };
}
