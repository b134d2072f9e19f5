/** The links of the entries: their new values, and those that cannot be resolved. */
import { atElement, type FoundReferences } from '../conditional/references.ts';
import { conditionalReference } from '../conditional/search-address.ts';
import { fail, Failure } from '../http/errors.ts';
import { canonical, isBundleLocal, namesOrSearchesIn, rootOf, type Links } from './links.ts';
import { shownEntry, type Entry } from './entry.ts';
import { rewriteLinks, type LinkRules } from '../json/rewrite.ts';

/**
 * The resource of an entry with its links to other entries, and its conditional references, replaced. Fails for a reference
 * by `urn:uuid:` or `urn:oid:` that no entry has, and for a conditional one that does not lead to one resource.
 * @param before the resource as it was, for one that is patched: links that it already had stay as they are
 */
export function relinked(
  entry: Entry,
  resource: string,
  o: { links: Links; baseUrl: string; found: FoundReferences; before?: string },
): string {
  const { links, found, before } = o;
  const marks = links.marksIn(resource);
  if (marks?.length === 0) return resource;
  const root = rootOf(entry.fullUrl, o.baseUrl);
  let old: ReadonlySet<string> | undefined;
  const isOld = (value: string): boolean => before !== undefined && (old ??= stringsIn(before)).has(value);
  const rules: LinkRules = {
    uri: (value) => (isOld(value) ? undefined : links.uri(value, root)),
    reference(value, path) {
      if (isOld(value)) return undefined;
      const replaced = links.reference(value, root);
      if (replaced !== undefined) return replaced;
      if (isBundleLocal(value)) failUnresolved(entry, value, path());
      return conditionalReference(value, o.baseUrl) && referenceFound(found, value, path());
    },
  };
  return rewriteLinks(resource, rules, marks);
}

/**
 * The resource of a batch's entry with its conditional references replaced. Fails for references to other entries, which only
 * a transaction can resolve.
 */
export function relinkedAlone(
  entry: Entry,
  resource: string,
  o: { fullUrls: ReadonlySet<string>; baseUrl: string; found: FoundReferences },
): string {
  const { fullUrls, found } = o;
  const marks = namesOrSearchesIn(resource);
  if (marks.length === 0) return resource;
  const rules: LinkRules = {
    uri: () => undefined,
    reference(value, path) {
      if (isBundleLocal(value) && fullUrls.has(canonical(value.replace(/#.*/s, '')))) {
        const diagnostics = `${value} is another entry of this batch; send both in a transaction.`;
        const values = { entry: shownEntry(entry.index), reference: shown(value) };
        fail('reference-unresolved', values, { diagnostics, expression: path() });
      }
      return conditionalReference(value, o.baseUrl) && referenceFound(found, value, path());
    },
  };
  return rewriteLinks(resource, rules, marks);
}

/** All strings in a JSON text. */
function stringsIn(text: string): ReadonlySet<string> {
  const strings = new Set<string>();
  JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === 'string') strings.add(value);
    return undefined;
  });
  return strings;
}

function referenceFound(found: FoundReferences, value: string, expression: string): string {
  const reference = found.get(value);
  if (reference instanceof Failure) throw atElement(reference, expression);
  // Only a patch can make one that was in no entry, by joining separate parts.
  const diagnostics = `${value.slice(0, 500)} was not looked for.`;
  return reference ?? fail('reference-no-match', { reference: shown(value) }, { diagnostics, expression });
}

function failUnresolved(entry: Entry, value: string, expression: string): never {
  const diagnostics = `The reference ${JSON.stringify(shown(value))} is the fullUrl of no entry that writes a resource.`;
  const values = { entry: shownEntry(entry.index), reference: shown(value) };
  fail('reference-unresolved', values, { diagnostics, expression });
}

function shown(value: string): string {
  return value.slice(0, 200);
}
