/** Installs packages into the store. Every node follows the store, so nothing else needs to be notified. */
import { unservedSubscription } from '@dhp/fhir';
import { specifierText, type FhirPackage } from '@dhp/fhir-package';
import type { FhirStore, TransactionWrite } from '@dhp/fhir-store';
import type { PackageRegister } from '@dhp/fhir-store/packages';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import type { Progress } from '../progress.ts';
import { provenanceOf } from '../provenance.ts';
import type { Faulty } from './check.ts';
import type { FoundPackage } from './find-package.ts';
import { planInstallation, type Action, type PlannedResource } from './plan.ts';

export interface Installing {
  readonly store: FhirStore;
  readonly register: PackageRegister;
  readonly progress: Progress;
  /** Name of the operator, for the register. */
  readonly by: string;
  readonly overwrite: boolean;
}

export interface InstallReport {
  readonly name: string;
  readonly version: string;
  readonly resources: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** `Type/id` of resources that somebody changed since, and which therefore stayed. */
  readonly kept: readonly string[];
  /** Resources that do not conform to their profiles; they are stored nevertheless. */
  readonly faulty: readonly Faulty[];
}

/** Resources of one transaction, and characters of their bodies. */
const chunkCount = 250;
const chunkSize = 8 * 1024 ** 2;
/** How often a plan is made again because a client took an id in between. */
const attempts = 5;

/** Without subscriptions that a server would refuse: they are not served here. */
function withoutSubscriptions(content: FhirPackage): FhirPackage {
  const resources = content.resources.filter(({ resource }) => unservedSubscription(resource) === undefined);
  return { ...content, resources };
}

/**
 * Stores the resources of a package, with a Provenance. It may be interrupted at any moment: the same call again completes it.
 * @throws StoreUnavailable
 */
export async function installPackage(
  found: FoundPackage,
  faulty: readonly Faulty[],
  installing: Installing,
): Promise<InstallReport> {
  const { origin } = found;
  const content = withoutSubscriptions(found.content);
  const { manifest } = content;
  const { store, register, progress, by, overwrite } = installing;
  const step = progress.step(specifierText(manifest));
  for (let attempt = 1; ; attempt += 1) {
    const plan = await planInstallation(content, await register.members(), store, overwrite);
    const { name, version, title, canonical } = manifest;
    const dependencies = Object.fromEntries(manifest.dependencies);
    await register.begin(
      { name, version, title, canonical, dependencies, origin, by },
      plan.map(({ member }) => member),
    );
    const refused = await storeAll(plan, { store, from: { name, version, by } }, (done) =>
      step.update(done, plan.length, packageMessages[spokenLanguage()].units.resources),
    );
    if (refused.length === 0) {
      await register.complete(manifest);
      const report = { ...reportOf(found, plan), faulty };
      step.done(inWords(report));
      return report;
    }
    if (attempt === attempts) throw new Error(`${refused[0]!.member.id} is changed by others all the time; try again.`);
    for (const { member } of refused) await register.forget(manifest, member.type, member.id);
  }
}

/** @returns those that another writer changed first */
async function storeAll(
  plan: readonly PlannedResource[],
  { store, from }: { readonly store: FhirStore; readonly from: From },
  onProgress: (done: number) => void,
): Promise<PlannedResource[]> {
  const work = plan.filter(({ action }) => action !== 'same' && action !== 'changed');
  const refused: PlannedResource[] = [];
  let done = plan.length - work.length;
  for (const chunk of chunks(work)) {
    let left = chunk;
    while (left.length > 0) {
      const outcome = await store.transaction([...left.map(writeOf), ofPackage(left, from)]);
      if (outcome.kind === 'committed') break;
      const failed = new Set(outcome.failures.map(({ index }) => index));
      refused.push(...left.filter((_, index) => failed.has(index)));
      left = left.filter((_, index) => !failed.has(index));
    }
    done += chunk.length;
    onProgress(done);
  }
  return refused;
}

/** The package from which resources come, and who installs it. */
interface From {
  readonly name: string;
  readonly version: string;
  readonly by: string;
}

function ofPackage(planned: readonly PlannedResource[], { name, version, by }: From): TransactionWrite {
  const source = { system: 'urn:dhp:package', value: specifierText({ name, version }) };
  return provenanceOf({ targets: planned.map(targetOf), source, by });
}

/** With the expected version, unless another writer may create one before it. */
function targetOf({ item: { type }, action, current, member: { id } }: PlannedResource): string {
  if (action === 'create') return `${type}/${id}/_history/1`;
  return action === 'update' && current !== undefined
    ? `${type}/${id}/_history/${String(current + 1)}`
    : `${type}/${id}`;
}

function writeOf({ item, action, current, member }: PlannedResource): TransactionWrite {
  const { type, source, resource } = item;
  const { id } = member;
  if (action === 'create') return { kind: 'create', type, id, source, resource };
  const ifMatch = action === 'update' && current !== undefined ? { ifMatch: [current] } : {};
  return { kind: 'update', type, id, source, resource, requireMatch: false, createAllowed: true, ...ifMatch };
}

function* chunks(work: readonly PlannedResource[]): Generator<PlannedResource[]> {
  let chunk: PlannedResource[] = [];
  let size = 0;
  for (const planned of work) {
    const { length } = planned.item.source.text;
    if (chunk.length > 0 && (chunk.length === chunkCount || size + length > chunkSize)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(planned);
    size += length;
  }
  if (chunk.length > 0) yield chunk;
}

function reportOf({ content }: FoundPackage, plan: readonly PlannedResource[]): Omit<InstallReport, 'faulty'> {
  const count = (...actions: Action[]): number => plan.filter(({ action }) => actions.includes(action)).length;
  const { name, version } = content.manifest;
  return {
    name,
    version,
    resources: plan.length,
    created: count('create', 'restore'),
    updated: count('update'),
    unchanged: count('same'),
    kept: plan.filter(({ action }) => action === 'changed').map(({ member }) => `${member.type}/${member.id}`),
  };
}

function inWords({ resources, created, updated, unchanged }: Omit<InstallReport, 'kept' | 'faulty'>): string {
  const said = packageMessages[spokenLanguage()].install;
  if (unchanged === resources) return said.allThere({ resources: grouped(resources) });
  const parts = [said.created({ resources: grouped(created) })];
  if (updated > 0) parts.push(said.updated({ resources: grouped(updated) }));
  if (unchanged > 0) parts.push(said.unchanged({ resources: grouped(unchanged) }));
  return said.parts({ resources: grouped(resources), parts: parts.join(', ') });
}
