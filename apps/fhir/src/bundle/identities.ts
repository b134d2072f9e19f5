/** Refuses a Bundle in which an address or a fullUrl occurs twice. https://hl7.org/fhir/R5/http.html#trules, bdl-7 */
import { failure, type Failure } from '../http/errors.ts';
import { inEntry, namedEntry, shownEntry, type Entry } from './entry.ts';
import { canonical } from './links.ts';

/** Something that an entry claims for itself, so that no other entry may have it. */
export interface Claim {
  readonly entry: Entry;
  /** The same for claims that clash. */
  readonly name: string;
  /** Words behind the name in a sentence: `is written by`. */
  readonly verb: string;
}

/**
 * A failure for each of two entries that claim the same, naming the other: which of two writes of a resource would win is
 * not for the server to say.
 */
export function overlaps(claims: Iterable<Claim>): Map<number, Failure> {
  const failures = new Map<number, Failure>();
  const first = new Map<string, Claim>();
  for (const claim of claims) {
    const before = first.get(claim.name);
    if (before === undefined) first.set(claim.name, claim);
    else if (before.entry.index !== claim.entry.index) clash(failures, claim.entry, before);
  }
  return failures;
}

/** Notes that two entries claim the same resource. */
export function clash(failures: Map<number, Failure>, entry: Entry, { entry: other, name, verb }: Claim): void {
  for (const [one, another] of [
    [other, entry],
    [entry, other],
  ] as const) {
    if (failures.has(one.index)) continue;
    const diagnostics = `${name} ${verb} ${namedEntry(one.index, one.fullUrl)} and by ${namedEntry(another.index, another.fullUrl)}.`;
    const values = { entry: shownEntry(one.index), other: shownEntry(another.index) };
    const detail = { diagnostics, expression: 'request.url' };
    failures.set(one.index, inEntry(failure('entries-overlap', values, detail), one));
  }
}

/** A failure for each entry whose fullUrl an earlier one has, unless both name different versions of an existing resource. */
export function duplicateFullUrls(entries: readonly Entry[]): Map<number, Failure> {
  const failures = new Map<number, Failure>();
  const first = new Map<string, { readonly entry: Entry; version?: { readonly of: unknown } }>();
  for (const entry of entries) {
    if (entry.fullUrl === undefined) continue;
    const url = canonical(entry.fullUrl);
    const known = first.get(url);
    if (known === undefined) {
      first.set(url, { entry });
      continue;
    }
    const before = known.entry;
    // Read once: thousands may have the fullUrl of one large resource.
    known.version ??= { of: versionOf(before) };
    if (known.version.of !== versionOf(entry)) continue;
    const diagnostics = `The same fullUrl is that of ${shownEntry(before.index)}.`;
    const values = { entry: shownEntry(entry.index), other: shownEntry(before.index) };
    failures.set(
      entry.index,
      inEntry(failure('full-url-duplicate', values, { diagnostics, expression: 'fullUrl' }), entry),
    );
  }
  return failures;
}

/** `resource.meta.versionId`; undefined without one, and for an entry that makes a resource, of which there is one version. */
function versionOf({ resource, request }: Entry): unknown {
  if (resource === undefined || /"method"\s*:\s*"POST"/.test(request ?? '')) return undefined;
  const { meta } = JSON.parse(resource) as { meta?: { versionId?: unknown } | null };
  return meta?.versionId;
}
