/** Resources without the labels that the server has shown in them: if a client sends them back, they set no label. */
import type { MemberSpan } from '@dhp/fhir-model';
import { isShownCoding, mayHaveShown } from '../contract/label-mark.ts';
import { afterSpace, afterValue, eachElement, edited, memberSpans, type Edit } from './spans.ts';

/**
 * Returns the text of a resource without such labels, its own and those of resources in it. The content of a signed Bundle is left as it
 * was signed. Line breaks are preserved.
 * @param text JSON that `scanJson` has accepted; a value that is not an object is returned unchanged
 */
export function withoutShownLabels(text: string): string {
  if (!mayHaveShown(text) || text[afterSpace(text, 0)] !== '{') return text;
  const edits: Edit[] = [];
  collect(text, { from: 0, depth: 0 }, edits);
  return edited(
    text,
    edits.sort((one, other) => one.start - other.start),
  );
}

/** Members in which a resource has others. */
const holders = ['contained', 'entry', 'resource'] as const;
/** Levels of them: a Bundle in a Bundle that has resources with contained ones. Deeper labels count as the sender's own. */
const mostLevels = 8;

/** Adds the edits of the resource, or of the entry of one, that begins at the first brace from `from` on. */
function collect(
  text: string,
  { from, depth }: { readonly from: number; readonly depth: number },
  edits: Edit[],
): void {
  const members = memberSpans(text, text.indexOf('{', from));
  const type = members.get('resourceType');
  const meta = members.get('meta');
  if (type !== undefined && meta !== undefined) edits.push(...ofMeta(text, members, meta));
  const isSigned = type !== undefined && members.has('signature') && text.slice(type.start, type.end) === '"Bundle"';
  if (isSigned || depth === mostLevels) return;
  for (const name of holders) {
    const held = members.get(name);
    if (held === undefined || !mayHaveShown(text.slice(held.start, held.end))) continue;
    if (text[held.start] === '{') collect(text, { from: held.start, depth: depth + 1 }, edits);
    if (text[held.start] !== '[') continue;
    eachElement(text, held.start, (_, element) => {
      if (text[element] === '{') collect(text, { from: element, depth: depth + 1 }, edits);
      return afterValue(text, element);
    });
  }
}

/** None if no such label is in it. A meta that would hold nothing else goes. */
function ofMeta(text: string, members: ReadonlyMap<string, MemberSpan>, meta: MemberSpan): Edit[] {
  if (text[meta.start] !== '{') return [];
  const own = memberSpans(text, meta.start);
  const security = own.get('security');
  if (security === undefined || text[security.start] !== '[') return [];
  const kept: string[] = [];
  let count = 0;
  eachElement(text, security.start, (_, start) => {
    const end = afterValue(text, start);
    const coding = text.slice(start, end);
    count += 1;
    if (!isShownCoding(JSON.parse(coding))) kept.push(coding);
    return end;
  });
  if (kept.length === count) return [];
  if (kept.length > 0) return [replaced(text, security, `[${kept.join(',')}]`)];
  return [own.size > 1 ? without(text, own, security) : without(text, members, meta)];
}

/** The member with the comma behind it, or before it where it is the last. */
function without(text: string, members: ReadonlyMap<string, MemberSpan>, { keyStart, end }: MemberSpan): Edit {
  const behind = [...members.values()].find((other) => other.keyStart > keyStart);
  if (behind !== undefined) return replaced(text, { start: keyStart, end: behind.keyStart }, '');
  const before = Math.max(...[...members.values()].map((other) => (other.keyStart < keyStart ? other.end : -1)));
  return replaced(text, { start: before < 0 ? keyStart : before, end }, '');
}

function replaced(text: string, { start, end }: { readonly start: number; readonly end: number }, by: string): Edit {
  const gone = text.slice(start, end).split('\n').length - by.split('\n').length;
  return { start, end, text: by + '\n'.repeat(Math.max(0, gone)) };
}
