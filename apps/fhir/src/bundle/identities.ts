/** What must not stand twice in a Bundle. https://hl7.org/fhir/R5/http.html#trules, bdl-7 */
import { failure, type Failure } from '../http/errors.ts';
import { inEntry, shownEntry, type Entry } from './entry.ts';
import { canonical } from './links.ts';
import { isWrite, type Plan } from './plan.ts';

/** A failure for each of two entries that write the same resource: which of them would win is not for the server to say. */
export function overlaps(plans: readonly Plan[]): Map<number, Failure> {
  const failures = new Map<number, Failure>();
  const first = new Map<string, Plan>();
  for (const plan of plans) {
    const { type, id } = plan.target;
    if (!isWrite(plan) || id === '') continue;
    const before = first.get(`${type}/${id}`);
    if (before === undefined) {
      first.set(`${type}/${id}`, plan);
      continue;
    }
    for (const [one, other] of [
      [before.entry, plan.entry],
      [plan.entry, before.entry],
    ] as const) {
      if (failures.has(one.index)) continue;
      const diagnostics = `${type}/${id} is written by ${named(one)} and by ${named(other)}.`;
      const values = { entry: shownEntry(one.index), other: shownEntry(other.index) };
      failures.set(
        one.index,
        inEntry(failure('entries-overlap', values, { diagnostics, expression: 'request.url' }), one),
      );
    }
  }
  return failures;
}

/** A failure for each entry whose fullUrl an earlier one has, unless both name different versions of an existing resource. */
export function duplicateFullUrls(entries: readonly Entry[]): Map<number, Failure> {
  const failures = new Map<number, Failure>();
  const first = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.fullUrl === undefined) continue;
    const url = canonical(entry.fullUrl);
    const before = first.get(url);
    if (before === undefined) {
      first.set(url, entry);
      continue;
    }
    if (versionOf(before) !== versionOf(entry)) continue;
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

function named({ index, fullUrl }: Entry): string {
  return fullUrl === undefined ? shownEntry(index) : `${shownEntry(index)} (${fullUrl.slice(0, 200)})`;
}
