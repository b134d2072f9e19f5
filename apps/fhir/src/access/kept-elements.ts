/** The whole of a resource that somebody sends who has seen a part of it: with the hidden elements of the version that was read. */
import { afterSpace, eachElement, afterValue, memberSpans } from '../json/spans.ts';
import { parseExactly } from '../presentation/exact-json.ts';
import { isPolicyTag } from '../contract/policy-tag.ts';
import { failure, type Failure } from '../http/errors.ts';
import { isHidden, type Hidden } from './hidden-text.ts';

/**
 * Returns the sent text with the elements that were hidden in the stored one, each behind its predecessor there, and without the tag of
 * access policies. Contained resources keep theirs, matched by type and id. Fails with `element-hidden` if a hidden element is sent: an
 * update that changed nothing would reveal its value.
 */
export function withHiddenKept(sent: string, stored: string, hidden: Hidden): string {
  return merged({ text: sent, start: afterSpace(sent, 0) }, { text: stored, start: afterSpace(stored, 0) }, hidden);
}

interface Place {
  readonly text: string;
  readonly start: number;
}

interface Members {
  readonly type: string;
  readonly id: string;
  /** By name, in order: the text of the key and of the value, and where the value begins. */
  readonly of: ReadonlyMap<string, { readonly text: string; readonly value: string; readonly start: number }>;
}

function membersAt({ text, start }: Place): Members {
  const of = new Map<string, { text: string; value: string; start: number }>();
  for (const [key, span] of memberSpans(text, start)) {
    const value = text.slice(span.start, span.end);
    of.set(key, { text: `${text.slice(span.keyStart, span.start)}${value}`, value, start: span.start });
  }
  return { type: textOf(of.get('resourceType')?.value), id: textOf(of.get('id')?.value), of };
}

function textOf(json: string | undefined): string {
  const value: unknown = json === undefined ? '' : JSON.parse(json);
  return typeof value === 'string' ? value : '';
}

function merged(sent: Place, stored: Place, hidden: Hidden): string {
  const [given, before] = [membersAt(sent), membersAt(stored)];
  const { type } = given;
  for (const key of given.of.keys()) if (isHidden(type, key, hidden)) throw carriesHidden(type, key);
  const behind = keptBehind(before, given, hidden);
  const parts = [...(behind.get('') ?? [])];
  for (const [key, { text, value, start }] of given.of) {
    if (key === 'meta') parts.push(...withoutTag(text, value));
    else if (key === 'contained' && value.startsWith('[')) {
      const kept = containedKept({ text: sent.text, start }, stored.text, before.of.get('contained'), hidden);
      parts.push(`"contained":${kept}`);
    } else parts.push(text);
    parts.push(...(behind.get(key) ?? []));
  }
  return `{${parts.join(',')}}`;
}

/** The hidden members of the stored resource, by the last preceding member that is sent; '' for those at the front. */
function keptBehind(before: Members, given: Members, hidden: Hidden): Map<string, string[]> {
  const behind = new Map<string, string[]>();
  let last = '';
  for (const [key, { text }] of before.of) {
    if (!isHidden(before.type, key, hidden)) {
      if (given.of.has(key)) last = key;
      continue;
    }
    behind.set(last, [...(behind.get(last) ?? []), text]);
  }
  return behind;
}

/** Without a meta that would hold nothing else. */
function withoutTag(text: string, value: string): string[] {
  if (!value.startsWith('{')) return [text];
  const { tag, ...rest } = parseExactly(value) as { readonly tag?: unknown };
  if (!Array.isArray(tag) || !tag.some(isPolicyTag)) return [text];
  const others = tag.filter((one) => !isPolicyTag(one)) as unknown[];
  // Members keep their order.
  const meta = Object.fromEntries(
    Object.entries(parseExactly(value) as object).flatMap(([key, each]): [string, unknown][] =>
      key !== 'tag' ? [[key, each]] : others.length > 0 ? [[key, others]] : [],
    ),
  );
  return others.length === 0 && Object.keys(rest).length === 0 ? [] : [`"meta":${JSON.stringify(meta)}`];
}

function containedKept(
  sent: Place,
  stored: string,
  before: { readonly start: number; readonly value: string } | undefined,
  hidden: Hidden,
): string {
  const known = new Map<string, Place>();
  if (before?.value.startsWith('[') === true) {
    eachElement(stored, before.start, (_, start) => {
      const { type, id } = membersAt({ text: stored, start });
      known.set(`${type}/${id}`, { text: stored, start });
      return afterValue(stored, start);
    });
  }
  const parts: string[] = [];
  eachElement(sent.text, sent.start, (_, start) => {
    const end = afterValue(sent.text, start);
    const place = { text: sent.text, start };
    const isObject = sent.text.charCodeAt(start) === 0x7b;
    const { type, id } = isObject ? membersAt(place) : { type: '', id: '' };
    const kept = known.get(`${type}/${id}`);
    parts.push(kept === undefined || !isObject ? sent.text.slice(start, end) : merged(place, kept, hidden));
    return end;
  });
  return `[${parts.join(',')}]`;
}

function carriesHidden(type: string, member: string): Failure {
  const diagnostics = `${type}.${member}: an access policy of this environment hides this element from you, so an update cannot carry it.`;
  return failure(
    'element-hidden',
    { type },
    { diagnostics, expression: `${type}.${member}`, refusedBy: 'hidden-elements' },
  );
}
