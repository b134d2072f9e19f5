/** A Bundle in the body of an import, as the lines that its entries are. docs/bulk-export.md */
import type { JsonSource } from '@dhp/fhir-model';
import { afterValue, eachElement, memberSpans } from '../../json/spans.ts';
import { invalid } from '../input.ts';

/** Where a Bundle of another type belongs. */
const others: ReadonlyMap<string, string> = new Map(
  Object.entries({
    transaction: 'It has methods of its own, and is one whole: POST it to [base].',
    batch: 'It has methods of its own: POST it to [base].',
    history: 'Its entries are versions, which are not imported: send the newest of each.',
    document: 'It is one resource: send it as a line.',
    message: 'It is one resource: send it as a line.',
  }),
);

/** An entry: its resource as it is in the text. */
interface Entry {
  readonly text: string;
  /** `Type/id`; undefined of a resource without an id. */
  readonly name: string | undefined;
  readonly fullUrl: unknown;
}

const breaks = /[\r\n]+/g;
/** A reference to an entry that has no address yet. Within a string its quotes would be escaped. */
const toEntry = /("reference"\s*:\s*)"(urn:(?:uuid|oid):[^"\\]+)"/g;

/**
 * Lines of NDJSON: the resource of each entry with its own digits and order, where references to the `fullUrl` of another entry are
 * references to its type and id. Of a searchset, the matches and included resources, not the outcomes. Fails with `parameter-invalid` for a
 * Bundle of another type.
 * @param source a Bundle
 */
export function linesOfBundle(source: JsonSource): Buffer {
  const type = valueAt(source, 'type');
  if (type !== 'collection' && type !== 'searchset') {
    const cure = typeof type === 'string' ? others.get(type) : undefined;
    const shown = JSON.stringify(type ?? null).slice(0, 100);
    invalid(
      'Bundle',
      `A Bundle of type collection or searchset is imported, not ${shown}. ${cure ?? ''}`.trim(),
      'Bundle.type',
    );
  }
  const entries = entriesOf(source);
  const known = new Map(
    entries.flatMap((each) => (typeof each.fullUrl === 'string' ? [[each.fullUrl, each] as const] : [])),
  );
  const lines = entries.map(({ text }, n) =>
    text.replaceAll(breaks, ' ').replaceAll(toEntry, (whole, before: string, url: string) => {
      const target = known.get(url);
      if (target === undefined) return whole;
      if (target.name !== undefined) return `${before}"${target.name}"`;
      const diagnostics = `Bundle.entry[${n}] refers to ${url.slice(0, 100)}, an entry whose resource has no id: a line gets one when it is stored. Give it an id, or POST a transaction to [base].`;
      return invalid('Bundle', diagnostics, `Bundle.entry[${n}].resource`);
    }),
  );
  if (lines.length === 0) invalid('Bundle', 'The Bundle has no entry with a resource.', 'Bundle.entry');
  return Buffer.from(`${lines.join('\n')}\n`);
}

function entriesOf({ text, members }: JsonSource): Entry[] {
  const list = members.get('entry');
  if (list === undefined || text[list.start] !== '[') return [];
  const entries: Entry[] = [];
  eachElement(text, list.start, (n, start) => {
    if (text[start] !== '{') invalid('Bundle', `Bundle.entry[${n}] is no object.`, `Bundle.entry[${n}]`);
    const entry = memberSpans(text, start);
    const valueOf = (name: string): unknown => parsed(text, entry.get(name));
    const resource = entry.get('resource');
    const isAbout = (valueOf('search') as { mode?: unknown } | undefined)?.mode === 'outcome';
    if (resource === undefined || text[resource.start] !== '{') {
      if (resource !== undefined) invalid('Bundle', `Bundle.entry[${n}].resource is no object.`, `Bundle.entry[${n}]`);
    } else if (!isAbout) {
      const own = memberSpans(text, resource.start);
      const [type, id] = ['resourceType', 'id'].map((name) => parsed(text, own.get(name)));
      const name = typeof type === 'string' && typeof id === 'string' ? `${type}/${id}` : undefined;
      entries.push({ text: text.slice(resource.start, resource.end), name, fullUrl: valueOf('fullUrl') });
    }
    return afterValue(text, start);
  });
  return entries;
}

function valueAt({ text, members }: JsonSource, name: string): unknown {
  return parsed(text, members.get(name));
}

function parsed(text: string, span: { readonly start: number; readonly end: number } | undefined): unknown {
  return span === undefined ? undefined : JSON.parse(text.slice(span.start, span.end));
}
