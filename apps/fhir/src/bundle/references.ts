/** The links of the entries: what they become in a transaction, and which cannot be followed. */
import { fail } from '../http/errors.ts';
import { isBundleLocal, isConditional, rootOf, type Links } from './links.ts';
import { shownEntry, type Entry } from './entry.ts';
import { rewriteLinks } from './rewrite.ts';

/**
 * The resource of an entry with its links to other entries replaced. Fails for a reference by `urn:uuid:` or `urn:oid:` that no
 * entry has, and for a conditional one.
 * @param before the resource as it was, for one that is patched: links that it already had stay as they are
 */
export function relinked(entry: Entry, resource: string, links: Links, baseUrl: string, before?: string): string {
  const root = rootOf(entry.fullUrl, baseUrl);
  const isOld = (value: string): boolean => before?.includes(JSON.stringify(value)) === true;
  return rewriteLinks(resource, {
    uri: (value) => (isOld(value) ? undefined : links.uri(value, root)),
    reference(value, path) {
      if (isOld(value)) return undefined;
      const replaced = links.reference(value, root);
      if (replaced !== undefined) return replaced;
      if (isBundleLocal(value)) failUnresolved(entry, value, path());
      if (isConditional(value)) failConditional(entry, value, path());
      return undefined;
    },
  });
}

/** Fails for references of a batch's entry that only a transaction can resolve: to other entries, and conditional ones. */
export function requireIndependent(entry: Entry, resource: string, fullUrls: ReadonlySet<string>): void {
  rewriteLinks(resource, {
    uri: () => undefined,
    reference(value, path) {
      if (isBundleLocal(value) && fullUrls.has(value)) {
        const diagnostics = `${value} is another entry of this batch; send both in a transaction.`;
        const values = { entry: shownEntry(entry.index), reference: shown(value) };
        fail('reference-unresolved', values, { diagnostics, expression: path() });
      }
      if (isConditional(value)) failConditional(entry, value, path());
      return undefined;
    },
  });
}

function failUnresolved(entry: Entry, value: string, expression: string): never {
  const diagnostics = `The reference ${JSON.stringify(shown(value))} is the fullUrl of no entry that writes a resource.`;
  const values = { entry: shownEntry(entry.index), reference: shown(value) };
  fail('reference-unresolved', values, { diagnostics, expression });
}

function failConditional(entry: Entry, value: string, expression: string): never {
  const diagnostics = `Conditional references are not supported yet: ${JSON.stringify(shown(value))}.`;
  fail('entry-unsupported', { entry: shownEntry(entry.index) }, { diagnostics, expression });
}

function shown(value: string): string {
  return value.slice(0, 200);
}
