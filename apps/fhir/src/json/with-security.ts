/** A resource with further Codings in `meta.security`, put into its text: all else stays as it is, to the byte. */
import { afterValue, edited, memberSpans } from './spans.ts';

/**
 * @param text a resource as it is stored
 * @param missing of the Codings that it has (`system|code`) tells which are to be added; none: the text is returned
 */
export function withSecurity(text: string, missing: (has: ReadonlySet<string>) => readonly object[]): string {
  const start = text.indexOf('{');
  const meta = memberSpans(text, start).get('meta');
  if (meta === undefined || text[meta.start] !== '{') {
    const added = listOf(missing(new Set()));
    const whole = `{"security":[${added}]}`;
    if (added === '') return text;
    return meta === undefined
      ? atEnd(text, start, `"meta":${whole}`)
      : edited(text, [{ start: meta.start, end: meta.end, text: whole }]);
  }
  const security = memberSpans(text, meta.start).get('security');
  if (security === undefined) {
    const added = listOf(missing(new Set()));
    return added === '' ? text : atEnd(text, meta.start, `"security":[${added}]`);
  }
  const given = JSON.parse(text.slice(security.start, security.end)) as unknown;
  const codings: readonly unknown[] = Array.isArray(given) ? given : [];
  const added = listOf(missing(new Set(codings.map(nameOf))));
  if (added === '') return text;
  if (codings.length === 0) return edited(text, [{ start: security.start, end: security.end, text: `[${added}]` }]);
  return edited(text, [{ start: security.end - 1, end: security.end - 1, text: `,${added}` }]);
}

function listOf(codings: readonly object[]): string {
  return codings.map((coding) => JSON.stringify(coding)).join(',');
}

function nameOf(coding: unknown): string {
  if (typeof coding !== 'object' || coding === null) return '';
  const { system, code } = coding as { readonly system?: unknown; readonly code?: unknown };
  return `${String(system)}|${String(code)}`;
}

/** Behind the last member of the object that begins at `start`. */
function atEnd(text: string, start: number, member: string): string {
  const end = afterValue(text, start) - 1;
  const isEmpty = /^\{\s*$/.test(text.slice(start, end));
  return edited(text, [{ start: end, end, text: isEmpty ? member : `,${member}` }]);
}
