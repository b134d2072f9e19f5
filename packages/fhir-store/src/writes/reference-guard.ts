import { typeName, typeNumber } from '@dhp/fhir-model';
import { anyReference, hash64, keyOf as indexKeyOf, referenceText } from '@dhp/search-index/keys';
import { forEachLocalReference } from '@dhp/search-index/rows';
import type { WriteOutcome } from '../versions.ts';
import type { ResourceKey } from '../statements/read-current.ts';
import { brokenState, readMissing, readReferrersOfEach, type ReferenceGuard } from '../statements/references.ts';
import type { PlacedDefinition } from '../statements/index-definition.ts';
import type { Session } from '../statements/session.ts';
import { BrokenReferences, type Named } from './broken-references.ts';
import type { Write } from './write.ts';

/** Names are locked by their hash, in so many classes that two of them rarely meet, and so few that no transaction has too many. */
const buckets = 512;

/** Referrers that are named when a deletion is refused. */
const named = 20;

/**
 * Returns the conditions on references of writes that are stored together; undefined when no write asks for integrity. Resources that one
 * of them stores exist for the others, and resources that one deletes do not.
 * @param outcomes of the writes when they are stored
 * @throws an error that `isBroken` knows when the writes do not fit each other
 */
export function guardOf(
  outcomes: ReadonlyMap<Write, WriteOutcome>,
  ownBases: readonly string[],
): ReferenceGuard | undefined {
  const stored = [...outcomes].filter(([, { kind }]) => kind === 'created' || kind === 'updated' || kind === 'deleted');
  const writes = stored.map(([write]) => write);
  if (!writes.some(({ integrity }) => integrity)) return undefined;
  const gone = new Set(writes.filter(({ body }) => body === undefined).map(nameOf));
  const kept = new Set(writes.filter(({ body }) => body !== undefined).map(nameOf));
  const targets = new Map<string, ResourceKey>();
  for (const write of writes) {
    forEachTarget(write, ownBases, ({ type, id }) => {
      const name = referenceText(type, id);
      if (gone.has(name)) throw Object.assign(new Error('a reference to what is deleted'), { code: brokenState });
      if (write.integrity && !kept.has(name) && !write.excepted.has(name))
        targets.set(name, { ty: typeNumber(type)!, id });
    });
  }
  const deleting = writes.filter(({ body, integrity }) => body === undefined && integrity);
  const deletions = deleting.map(nameOf);
  const disregarded = [...writes.map(nameOf), ...deleting.flatMap(({ excepted }) => [...excepted])];
  return {
    targets: [...targets.values()],
    gone: deletions.map((name) => indexKeyOf(anyReference, name)),
    disregarded: deleting.length === 0 ? [] : disregarded.map(hash64),
    locks: locksOf(targets.keys(), deletions),
  };
}

function locksOf(targets: Iterable<string>, deletions: readonly string[]): ReferenceGuard['locks'] {
  const locks = new Map<number, boolean>();
  for (const name of targets) locks.set(bucketOf(name), false);
  for (const name of deletions) locks.set(bucketOf(name), true);
  return [...locks].map(([bucket, exclusive]) => ({ bucket, exclusive })).sort((a, b) => a.bucket - b.bucket);
}

function bucketOf(name: string): number {
  return Number(BigInt.asUintN(32, hash64(name))) % buckets;
}

/**
 * Finds the broken references of a transaction, in the current state.
 * @throws BrokenReferences
 */
export async function assertReferences(
  sql: Session,
  writes: readonly Write[],
  { ownBases, searched }: { readonly ownBases: readonly string[]; readonly searched: PlacedDefinition },
): Promise<void> {
  const names = new Set(writes.map(nameOf));
  const gone = new Set(writes.filter(({ body }) => body === undefined).map(nameOf));
  const asked: (Named & { index: number })[] = [];
  for (const [index, write] of writes.entries()) {
    const seen = new Set<string>();
    forEachTarget(write, ownBases, (target) => {
      const name = referenceText(target.type, target.id);
      if (seen.has(name) || (names.has(name) && !gone.has(name)) || !(write.integrity || gone.has(name))) return;
      if (write.excepted.has(name) && !gone.has(name)) return;
      seen.add(name);
      asked.push({ ...target, index });
    });
  }
  const keys = asked.map(({ type, id }) => ({ ty: typeNumber(type)!, id }));
  const absent = new Set(asked.length === 0 ? [] : await readMissing(sql, keys));
  const missing = asked.filter(({ type, id }, n) => absent.has(n) || gone.has(referenceText(type, id)));
  const referenced = await referrersOf(sql, searched, writes);
  if (missing.length > 0 || referenced.length > 0) throw new BrokenReferences(missing, referenced);
}

/** The deletions of resources to which others refer that the transaction does not change, and some of those others. */
async function referrersOf(
  sql: Session,
  searched: PlacedDefinition,
  writes: readonly Write[],
): Promise<{ index: number; by: Named[] }[]> {
  const deletions = [...writes.entries()].filter(([, { body, integrity }]) => body === undefined && integrity);
  if (deletions.length === 0) return [];
  const found = await readReferrersOfEach(sql, searched, {
    keys: deletions.map(([, write]) => indexKeyOf(anyReference, nameOf(write))),
    disregarded: [...writes.map(nameOf), ...deletions.flatMap(([, { excepted }]) => [...excepted])].map(hash64),
    limit: named,
  });
  const by = Map.groupBy(found, ({ n }) => n);
  return [...by].map(([n, referrers]) => ({
    index: deletions[n]![0],
    by: referrers.map(({ type, id }) => ({ type, id })),
  }));
}

function forEachTarget(write: Write, ownBases: readonly string[], found: (target: Named) => void): void {
  if (write.body === undefined) return;
  forEachLocalReference(write.body.resource, ownBases, (type, id) => found({ type, id }));
}

function nameOf({ key }: Write): string {
  return referenceText(typeName(key.ty)!, key.id);
}
