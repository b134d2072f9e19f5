import type { JsonSource, MemberSpan } from './scan.ts';

/** Elements that a server sets in a resource that it stores. https://hl7.org/fhir/R5/http.html#create */
export interface ResourceStamp {
  readonly id: string;
  readonly versionId: string;
  /** An instant with the zone's offset, such as `2026-11-25T05:40:12.345+05:00`. */
  readonly lastUpdated: string;
}

/** Text to put in the place of `[start, end)`; an empty span is an insertion. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Undefined: the part that differs between versions. */
  readonly of?: 'id';
}

/**
 * The same text with `id`, `meta.versionId` and `meta.lastUpdated` set: replaced in place where they are, inserted in the
 * writer's own style (indentation, space after the colon) where they are not - `id` after `resourceType`, `meta` after `id`,
 * its members at its start. Every other character stays as it was, so decimals keep their digits and members their order.
 *
 * @throws TypeError when the source is not an object with a `resourceType`, or its `meta` is not an object: callers answer
 *   400 to such input before they stamp.
 * @example
 * const stamp = { id: 'b1', versionId: '1', lastUpdated: '2026-01-31T09:00:00.000+05:00' };
 * stampResource(scanJson('{"resourceType":"Basic"}'), stamp).slice(0, 34); // '{"resourceType":"Basic","id":"b1",'
 */
export function stampResource(source: JsonSource, stamp: ResourceStamp): string {
  return applied(source.text, editsOf(source, stamp));
}

/**
 * The text of `stampResource` as its parts in order, most of them parts of the text of the source: nothing is copied. For texts of many
 * megabytes, which are never put together.
 * @throws TypeError as `stampResource`
 * @example
 * const stamp = { id: 'b1', versionId: '1', lastUpdated: '2026-01-31T09:00:00.000+05:00' };
 * stampedParts(scanJson('{"resourceType":"Basic"}'), stamp).length > 1; // true
 */
export function stampedParts(source: JsonSource, stamp: ResourceStamp): string[] {
  const { text } = source;
  const parts: string[] = [];
  let from = 0;
  for (const edit of editsOf(source, stamp)) {
    parts.push(text.slice(from, edit.start), edit.text);
    from = edit.end;
  }
  return [...parts, text.slice(from)];
}

/** Code units of a text, from `start` to before `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The range of the text of `stampResource` outside of which the stamps of two versions of one resource differ in nothing.
 * @throws TypeError as `stampResource`
 * @example
 * const stamp = { id: 'b1', versionId: '1', lastUpdated: '2026-01-31T09:00:00.000+05:00' };
 * rangeOfStamp(scanJson('{"resourceType":"Basic"}'), stamp); // { start: 33, end: 104 }
 */
export function rangeOfStamp(source: JsonSource, stamp: ResourceStamp): Range {
  let [start, end, growth] = [-1, 0, 0];
  for (const edit of editsOf(source, stamp)) {
    if (edit.of === undefined && start < 0) start = edit.start + growth;
    growth += edit.text.length - (edit.end - edit.start);
    if (edit.of === undefined) end = edit.end + growth;
  }
  return { start, end };
}

/** In the order of the text. */
function editsOf(source: JsonSource, stamp: ResourceStamp): Edit[] {
  const { text, members } = source;
  const resourceType = members.get('resourceType');
  if (resourceType === undefined) throw new TypeError('only an object with a resourceType can be stamped');
  const edits: Edit[] = [];
  const id = members.get('id');
  const value = JSON.stringify(stamp.id);
  if (id !== undefined) edits.push({ start: id.start, end: id.end, text: value, of: 'id' });
  else edits.push({ ...insertAfter(text, resourceType, 'id', value), of: 'id' });
  const meta = members.get('meta');
  if (meta !== undefined) editMeta(source, meta, stamp, edits);
  else {
    const anchor = id ?? resourceType;
    edits.push(insertAfter(text, anchor, 'meta', newMeta(text, anchor, stamp)));
  }
  // Stable: of two insertions at one offset the first pushed comes first.
  if (edits.some(({ start }, n) => n > 0 && start < edits[n - 1]!.start)) edits.sort((a, b) => a.start - b.start);
  return edits;
}

function editMeta(source: JsonSource, meta: MemberSpan, stamp: ResourceStamp, edits: Edit[]): void {
  const { text, metaMembers } = source;
  if (metaMembers === undefined) throw new TypeError('meta is not an object');
  if (metaMembers.size === 0) {
    edits.push({ start: meta.start, end: meta.end, text: newMeta(text, meta, stamp) });
    return;
  }
  let inserted = '';
  for (const name of ['versionId', 'lastUpdated'] as const) {
    const member = metaMembers.get(name);
    const value = JSON.stringify(stamp[name]);
    if (member !== undefined) edits.push({ start: member.start, end: member.end, text: value });
    else {
      const [first] = metaMembers.values() as Iterable<MemberSpan> as [MemberSpan];
      inserted += `${spaceBefore(text, first)}"${name}"${colonOf(text, first)}${value},`;
    }
  }
  if (inserted !== '') edits.push({ start: meta.start + 1, end: meta.start + 1, text: inserted });
}

/** An insertion behind `anchor`, laid out as the anchor is. */
function insertAfter(text: string, anchor: MemberSpan, name: string, value: string): Edit {
  const member = `,${spaceBefore(text, anchor)}"${name}"${colonOf(text, anchor)}${value}`;
  return { start: anchor.end, end: anchor.end, text: member };
}

/** A `meta` object for a place among the members that are laid out as `sibling` is. */
function newMeta(text: string, sibling: MemberSpan, stamp: ResourceStamp): string {
  const colon = colonOf(text, sibling);
  // On separate lines, one step further in, if the surrounding members are on separate lines.
  const [outer = '', indentation = ''] = /\r?\n([^\n]*)$/.exec(spaceBefore(text, sibling)) ?? [];
  const inner = outer + indentation;
  return (
    `{${inner}"versionId"${colon}${JSON.stringify(stamp.versionId)},` +
    `${inner}"lastUpdated"${colon}${JSON.stringify(stamp.lastUpdated)}${outer}}`
  );
}

/** The white space between a member's key and the `{` or `,` before it. */
function spaceBefore(text: string, member: MemberSpan): string {
  let start = member.keyStart;
  while (text.charCodeAt(start - 1) <= 0x20) start -= 1;
  return text.slice(start, member.keyStart);
}

/** The colon between a member's key and value, with the white space around it. */
function colonOf(text: string, member: MemberSpan): string {
  let start = member.start;
  while (text.charCodeAt(start - 1) !== 0x22) start -= 1;
  return text.slice(start, member.start);
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const edit of edits) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}
