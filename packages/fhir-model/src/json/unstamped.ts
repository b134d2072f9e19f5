import type { JsonSource, MemberSpan } from './scan.ts';
import { endOfString } from './tokens.ts';
import { createHash } from 'node:crypto';

/**
 * Whether two resources are the same except for the server's stamps: `id`, `meta.versionId`, `meta.lastUpdated`, and white space between
 * tokens. Decimals are compared as written (`1.0` is not `1.00`), members in their order.
 * @example
 * sameButForStamp(scanJson('{"resourceType":"Basic","id":"1"}'), scanJson('{"resourceType":"Basic","id":"2"}')); // true
 */
export function sameButForStamp(a: JsonSource, b: JsonSource): boolean {
  return a.text === b.text || unstamped(a) === unstamped(b);
}

/** The text of a resource without stamp and white space; a `meta` with nothing else is removed, too. */
export function unstamped(source: JsonSource): string {
  const { members, metaMembers } = source;
  const meta = members.get('meta');
  const parts: string[] = [];
  for (const [name, member] of members) {
    if (name === 'id') continue;
    if (member !== meta || metaMembers === undefined) {
      parts.push(compact(source.text, member.keyStart, member.end));
      continue;
    }
    const kept = [...metaMembers].filter(([key]) => key !== 'versionId' && key !== 'lastUpdated');
    if (kept.length > 0) parts.push(`"meta":{${kept.map(([, span]) => compactMember(source.text, span)).join(',')}}`);
  }
  return parts.join(',');
}

function compactMember(text: string, member: MemberSpan): string {
  return compact(text, member.keyStart, member.end);
}

/** `[start, end)` of a JSON text without white space between its tokens. */
function compact(text: string, start: number, end: number): string {
  let result = '';
  let from = start;
  let i = start;
  while (i < end) {
    const c = text.charCodeAt(i);
    if (c === 0x22) i = endOfString(text, i);
    else if (c > 0x20) i += 1;
    else {
      result += text.slice(from, i);
      do i += 1;
      while (i < end && text.charCodeAt(i) <= 0x20);
      from = i;
    }
  }
  return result + text.slice(from, end);
}

/**
 * SHA-256, in hex, of a resource without the server's stamps and without white space between tokens: two resources that `sameButForStamp`
 * calls the same have the same one.
 * @example
 * contentHash(scanJson('{"resourceType":"Basic"}')) === contentHash(scanJson('{ "resourceType": "Basic", "id": "1" }')); // true
 */
export function contentHash(source: JsonSource): string {
  return createHash('sha256').update(unstamped(source)).digest('hex');
}
