/** Removes packages from the store, except resources that others need or have changed. */
import { scanJson } from '@dhp/fhir-model';
import { contentHash } from '@dhp/fhir-model/stamp';
import { specifierText } from '@dhp/fhir-package';
import { BrokenReferences, type FhirStore } from '@dhp/fhir-store';
import type { PackageMember, PackageName, PackageRegister } from '@dhp/fhir-store/packages';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import type { Progress } from '../progress.ts';

export interface Removing {
  readonly store: FhirStore;
  readonly register: PackageRegister;
  readonly progress: Progress;
  /** Refuses to delete resources to which others refer, as this environment does for its clients. */
  readonly integrity: boolean;
}

/** A resource that stays, and why. */
export interface Stays {
  readonly resource: string;
  readonly reason: 'brought by another package' | 'changed since' | 'there before' | 'referred to by others';
}

export interface RemoveReport extends PackageName {
  readonly deleted: number;
  readonly stays: readonly Stays[];
}

interface Deletable {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

/** @throws StoreUnavailable; IndexNotReady if references are checked */
export async function removePackage(removed: PackageName, removing: Removing): Promise<RemoveReport> {
  const { store, register, progress } = removing;
  const said = packageMessages[spokenLanguage()];
  const step = progress.step(said.remove.step({ package: specifierText(removed) }));
  const members = await register.members();
  const { own, shared } = split(members, removed);
  const stays: Stays[] = [];
  const deletable: Deletable[] = [];
  for (const member of own) {
    const name = `${member.type}/${member.id}`;
    if (shared.has(name)) stays.push({ resource: name, reason: 'brought by another package' });
    else if (member.adopted) stays.push({ resource: name, reason: 'there before' });
    else {
      const current = await store.read(member.type, member.id);
      if (current === undefined || current.deleted) continue;
      if (contentHash(scanJson(current.content.toString())) !== member.hash) {
        stays.push({ resource: name, reason: 'changed since' });
      } else deletable.push({ type: member.type, id: member.id, versionId: current.versionId });
    }
    step.update(stays.length + deletable.length, own.length, said.units.resources);
  }
  const kept = await deleteAll(deletable, removing);
  stays.push(...kept);
  await register.remove(removed);
  const deleted = deletable.length - kept.length;
  step.done(said.remove.deleted({ resources: grouped(deleted) }));
  return { ...removed, deleted, stays };
}

function split(
  members: readonly PackageMember[],
  { name, version }: PackageName,
): { own: PackageMember[]; shared: ReadonlySet<string> } {
  const isOwn = (member: PackageMember): boolean => member.package.name === name && member.package.version === version;
  const others = members.filter((member) => !isOwn(member));
  return { own: members.filter(isOwn), shared: new Set(others.map(({ type, id }) => `${type}/${id}`)) };
}

/** All in one transaction, so that resources which refer to each other can be deleted. @returns those that stay after all */
async function deleteAll(deletable: readonly Deletable[], { store, integrity }: Removing): Promise<Stays[]> {
  const stays: Stays[] = [];
  let left = [...deletable];
  while (left.length > 0) {
    let failed: Map<number, Stays['reason']>;
    try {
      const outcome = await store.transaction(
        left.map(({ type, id, versionId }) => ({ kind: 'delete', type, id, ifMatch: [versionId] })),
        { integrity },
      );
      if (outcome.kind === 'committed') break;
      failed = new Map(outcome.failures.map(({ index }) => [index, 'changed since']));
    } catch (error) {
      if (!(error instanceof BrokenReferences)) throw error;
      failed = new Map(error.referenced.map(({ index }) => [index, 'referred to by others']));
      if (failed.size === 0) throw error;
    }
    for (const [index, reason] of failed) {
      const { type, id } = left[index]!;
      stays.push({ resource: `${type}/${id}`, reason });
    }
    left = left.filter((_, index) => !failed.has(index));
  }
  return stays;
}
