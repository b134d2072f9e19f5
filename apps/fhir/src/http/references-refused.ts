/**
 * Reference integrity: the refusal of a reference to a missing resource, and of deleting a resource that others refer to.
 * https://hl7.org/fhir/R5/references.html, https://hl7.org/fhir/R5/http.html#delete
 */
import type { BrokenReferences, TransactionWrite } from '@dhp/fhir-store';
import { rewriteLinks } from '../json/rewrite.ts';
import { failure, type Failure } from './errors.ts';
import { WritesRefused } from './writes-refused.ts';

/** Writes that would leave references without a target. */
export class ReferencesRefused extends WritesRefused {}

/** The failures of writes that the store has refused, each with the place where the reference stands. */
export function referencesRefused(
  error: BrokenReferences,
  writes: readonly TransactionWrite[],
  baseUrl: string,
): ReferencesRefused {
  // A resource may refer to thousands that are missing: its text is read once.
  const places = new Map<number, ReadonlyMap<string, string>>();
  const missing = error.missing.map(({ index, type, id }) => {
    const write = writes[index]!;
    const known = places.get(index) ?? placesIn(write, baseUrl);
    places.set(index, known);
    return { index, failure: missingTarget(write.type, `${type}/${id}`, known.get(`${type}/${id}`)) };
  });
  const referenced = error.referenced.map(({ index, by }) => ({ index, failure: referencedBy(writes[index]!, by) }));
  return new ReferencesRefused([...missing, ...referenced].sort((a, b) => a.index - b.index));
}

/** Returns the failure of a write whose resource refers to a resource that does not exist. */
export function missingTarget(type: string, reference: string, expression: string | undefined): Failure {
  const diagnostics = `${expression ?? type} refers to ${reference}, which does not exist or is deleted.`;
  return failure('reference-not-found', { reference }, { diagnostics, expression });
}

/** Returns, by `Type/id`, the first element of a write that refers to each resource of this server. */
function placesIn(write: TransactionWrite, baseUrl: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  if (!('source' in write)) return places;
  rewriteLinks(write.source.text, {
    uri: () => undefined,
    reference(value, path) {
      const local = value.startsWith(`${baseUrl}/`) ? value.slice(baseUrl.length + 1) : value;
      const version = local.indexOf('/_history/');
      const target = version < 0 ? local : local.slice(0, version);
      if (!places.has(target)) places.set(target, path());
      return undefined;
    },
  });
  return places;
}

export function referencedBy(
  { type, id }: { type: string; id: string },
  by: readonly { type: string; id: string }[],
): Failure {
  const shown = by.slice(0, 10).map((each) => `${each.type}/${each.id}`);
  // References that the caller may not see are not mentioned.
  const named = shown.length === 0 ? 'others' : shown.join(', ') + (by.length > shown.length ? ' and others' : '');
  const diagnostics = `${type}/${id} is referred to by ${named}. Change or delete these first, or send "X-Cascade: delete" to delete them, too.`;
  return failure('resource-referenced', { type, id, referrers: named }, { diagnostics });
}
