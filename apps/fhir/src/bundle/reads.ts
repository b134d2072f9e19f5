/**
 * The reads of a transaction. They come after its writes and see them, yet when one fails nothing may be written; so they are
 * tried before, and those that the writes can change are done again after the commit.
 * https://hl7.org/fhir/R5/http.html#trules
 */
import type { ResourceBase } from '@dhp/fhir-model';
import type { ResourceStore, StoredVersion, TransactionWrite } from '@dhp/fhir-store';
import { readingOf } from '../contract/permission.ts';
import { largeBody } from '../http/admission.ts';
import { allowForStored, payForParsing } from '../http/cost.ts';
import { failure, Failure } from '../http/errors.ts';
import type { Answer } from '../contract/answer.ts';
import type { Services } from '../contract/interaction.ts';
import { inEntry, shownEntry } from './entry.ts';
import { textIn, type Plan } from './plan.ts';
import { failTogether } from './together.ts';
import { inParallel } from '../conditional/in-parallel.ts';
import { receivePatch } from '../interactions/patch.ts';
import { applyPatch, patchedApart } from '../patch/apply-patch.ts';

const concurrency = 16;
/** Those that questions about codes look at. */
const terminologyTypes: ReadonlySet<string> = new Set(['CodeSystem', 'ValueSet', 'ConceptMap', 'NamingSystem']);

type Proposed = ReturnType<Parameters<ResourceStore['terminology']['proposing']>[0]>;

interface Rehearsed {
  /** The answers that no write of the transaction changes, by the index of their entry. */
  readonly answers: Map<number, Answer>;
  /**
   * To be called when the writes of entries with criteria are known: these may create or delete a resource that is read.
   * @throws Failure of the reads that cannot succeed after these writes
   */
  readonly requirePossible: (writes: readonly TransactionWrite[]) => void;
}

/**
 * Tries the reads before the writes. Fails when one cannot succeed.
 * @param areKnown whether the changes by the writes are known
 */
export async function rehearseReads(
  services: Services,
  reads: readonly Plan[],
  writes: readonly Plan[],
  areKnown: boolean,
): Promise<Rehearsed> {
  if (reads.length === 0) return { answers: new Map(), requirePossible: () => undefined };
  const before = await withTerminologyOf(services, writes);
  const written = new Map(writes.map((plan) => [nameOf(plan), plan]));
  const answers = new Map<number, Answer>();
  const failures = new Map<number, Failure>();
  /** Reads of one resource, with their failure, while the changes by the writes are unknown. */
  const open = new Map<Plan, Failure | undefined>();
  await inParallel(reads, concurrency, async (plan) => {
    const writer = written.get(nameOf(plan));
    const isDeleted = writer?.target.route.method === 'DELETE';
    const isKnown = areKnown && writer === undefined && isOfOneResource(plan);
    plan.call.budget.requireLeft(shownEntry(plan.entry.index));
    try {
      const answer = await plan.port.run(before, plan.call);
      if (isDeleted && plan.target.route.interaction === 'read') throw deletedHere(plan);
      if (isKnown) answers.set(plan.entry.index, answer);
      else if (!areKnown && isOfOneResource(plan)) open.set(plan, undefined);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (isKnown || isDeleted || !mayComeTo(plan, error)) failures.set(plan.entry.index, inEntry(error, plan.entry));
      else if (isOfOneResource(plan)) open.set(plan, error);
    }
  });
  failTogether([...failures].sort(([a], [b]) => a - b).map(([, each]) => each));
  return {
    answers,
    requirePossible(made) {
      const byName = new Map(made.map((write) => [`${write.type}/${write.id}`, write.kind]));
      const impossible = [...open].flatMap(([plan, absent]): [number, Failure][] => {
        const kind = byName.get(nameOf(plan) ?? '');
        const isGone = kind === 'delete' && plan.target.route.interaction === 'read' ? deletedHere(plan) : undefined;
        const failed = kind === undefined ? absent : (isGone ?? (kind === 'delete' ? absent : undefined));
        return failed === undefined ? [] : [[plan.entry.index, inEntry(failed, plan.entry)]];
      });
      failTogether(impossible.sort(([a], [b]) => a - b).map(([, each]) => each));
    },
  };
}

/** The services over terminology as the writes would leave it: created resources can be used, and deleted ones cannot. */
async function withTerminologyOf(services: Services, writes: readonly Plan[]): Promise<Services> {
  const some = writes.filter(({ target }) => terminologyTypes.has(target.type));
  if (some.length === 0) return services;
  const patched = new Map<Plan, Buffer>();
  for (const plan of some.filter(({ target }) => target.route.method === 'PATCH')) {
    const made = await rehearsedPatch(services, plan);
    if (made !== undefined) patched.set(plan, made);
  }
  const proposed = (): Proposed => some.flatMap((plan) => proposedBy(plan, patched.get(plan)));
  const terminology = services.unguarded.terminology.proposing(proposed);
  return services.over({ ...services.unguarded, terminology });
}

/**
 * The current version with the patch applied, as far as its caller sees it. Undefined if unknown before the commit: for criteria, a missing
 * resource, and a failing patch, which is refused when it is carried out.
 */
async function rehearsedPatch(services: Services, { target, call }: Plan): Promise<Buffer | undefined> {
  const { type, id, route } = target;
  if (id === '') return undefined;
  const current = await services.reading(readingOf(route.permission)).store.read(type, id);
  if (current?.deleted !== false) return undefined;
  const { budget } = call;
  const { content } = current;
  const { convertApart } = services;
  allowForStored(services.costs, budget, content.length);
  try {
    const patch = receivePatch(call);
    if (content.length >= largeBody) return await patchedApart(patch, content, { convertApart, budget });
    const made = applyPatch(patch, content, { type, budget });
    return made && Buffer.from(made.source.text);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** @param patched the result of a patch, if known */
function proposedBy({ target: { type, id, route }, call }: Plan, patched: Buffer | undefined): Proposed {
  const known = { type, id: id === '' ? undefined : id };
  if (route.method === 'DELETE') return [{ ...known, resource: undefined }];
  if (route.method === 'PATCH' && patched === undefined) return [];
  const text = patched?.toString() ?? textIn(call);
  payForParsing(call.budget, text);
  return [{ ...known, resource: { ...(JSON.parse(text) as ResourceBase), ...(id !== '' && { id }) } }];
}

/**
 * Does the other reads, after the commit: of a written resource they see exactly the written version.
 * @param done gets the answer, or the failure if another request has changed the resource meanwhile
 */
export async function readWritten(
  services: Services,
  reads: readonly Plan[],
  written: readonly StoredVersion[],
  done: (plan: Plan, answer: Answer | { failure: unknown }) => void,
): Promise<void> {
  if (reads.length === 0) return;
  const own = new Map(written.map((version) => [`${version.type}/${version.id}`, version]));
  const { unguarded, partly } = services;
  const read: typeof unguarded.read = (type, id) => {
    const version = own.get(`${type}/${id}`);
    if (version === undefined) return unguarded.read(type, id);
    // Decisions are made about the whole of it, as it is stored.
    return partly === undefined && version.labels === undefined
      ? Promise.resolve(version)
      : unguarded.vread(type, id, version.versionId);
  };
  // Below the access rules: the right to write a resource does not include reading it.
  const after = services.over({ ...unguarded, read });
  await inParallel(reads, concurrency, async (plan) => {
    try {
      plan.call.budget.requireLeft(shownEntry(plan.entry.index));
      done(plan, await plan.port.run(after, plan.call));
    } catch (error) {
      done(plan, { failure: error instanceof Failure ? inEntry(error, plan.entry) : error });
    }
  });
}

/**
 * Whether the answer is about the resource at the address alone, so that no write of another one changes it. A compartment search and an
 * operation have an id in their addresses, too, but return resources that refer to it, or that it refers to.
 */
function isOfOneResource({ target: { route } }: Plan): boolean {
  return route.interaction === 'read' || route.interaction === 'vread';
}

/** Whether the read may succeed after a write of the same transaction. A version that is a deletion stays one. */
function mayComeTo({ target }: Plan, { code }: Failure): boolean {
  if (code === 'resource-deleted') return target.route.interaction !== 'vread';
  return code === 'resource-not-found' || code === 'version-not-found';
}

function deletedHere({ target: { type, id } }: Plan): Failure {
  return failure('resource-deleted', { type, id }, { diagnostics: `${type}/${id} is deleted by this transaction.` });
}

/** The resource an entry is about; of one that has no id yet, none. */
function nameOf({ target: { type, id } }: Plan): string | undefined {
  return id === '' ? undefined : `${type}/${id}`;
}
