/**
 * Reference integrity: a store that takes no reference to what does not exist, and no deletion of what others refer to.
 * https://hl7.org/fhir/R5/references.html, https://hl7.org/fhir/R5/http.html#delete
 */
import { uuidv7 } from '@dhp/fhir-model';
import { BrokenReferences, type ResourceStore, type TransactionWrite, type WriteOutcome } from '@dhp/fhir-store';
import { rewriteLinks } from '../bundle/rewrite.ts';
import { failure, type Failure } from '../http/errors.ts';
import { WritesRefused } from './writes-refused.ts';

/** Writes that would leave references without a target. */
export class ReferencesRefused extends WritesRefused {}

/** The store, with all its writes checked against each other and all that is stored. Its writes throw `ReferencesRefused`. */
export function keepingReferences(store: ResourceStore, baseUrl: string): ResourceStore {
  const transaction: ResourceStore['transaction'] = async (writes, options) => {
    let asked = typeof writes === 'function' ? [] : writes;
    const given = typeof writes === 'function' ? async () => (asked = await writes()) : writes;
    try {
      return await store.transaction(given, { ...options, integrity: true });
    } catch (error) {
      throw error instanceof BrokenReferences ? refused(error, asked, baseUrl) : error;
    }
  };
  const alone = async (write: TransactionWrite): Promise<WriteOutcome> => {
    const result = await transaction([write]);
    return result.kind === 'committed' ? result.outcomes[0]! : result.failures[0]!.outcome;
  };
  return {
    ...store,
    transaction,
    create: (resource) => alone({ kind: 'create', id: uuidv7(), ...resource }),
    update: (update) => alone({ kind: 'update', ...update }),
    delete: (deletion) => alone({ kind: 'delete', ...deletion }),
  };
}

function refused(error: BrokenReferences, writes: readonly TransactionWrite[], baseUrl: string): ReferencesRefused {
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

/** What a write is refused with whose resource refers to what is not there. */
export function missingTarget(type: string, reference: string, expression: string | undefined): Failure {
  const diagnostics = `${expression ?? type} refers to ${reference}, which does not exist or is deleted.`;
  return failure('reference-not-found', { reference }, { diagnostics, expression });
}

/** Where the resource of a write refers to others of this server: the first element for each, by `Type/id`. */
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
  // Those that the caller may not see are not told of.
  const named = shown.length === 0 ? 'others' : shown.join(', ') + (by.length > shown.length ? ' and others' : '');
  const diagnostics = `${type}/${id} is referred to by ${named}. Change or delete these first, or send "X-Cascade: delete" to delete them, too.`;
  return failure('resource-referenced', { type, id, referrers: named }, { diagnostics });
}
