/** The form of the explorer, as a visitor has filled it. */

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** In the place of a client id: the token of the visitor. No client id begins so. */
export const ownToken = '@own';

export interface Typed {
  readonly server: 'fhir' | 'sso';
  /** Client id of the application whose token is sent; '' sends none, `ownToken` that of the visitor. */
  readonly application: string;
  readonly method: Method;
  readonly path: string;
  /** A header field a line. */
  readonly headers: string;
  readonly body: string;
}

/** @param value returns a field; '' if it was not sent */
export function typedIn(value: (name: string) => string): Typed {
  const method = methods.find((one) => one === value('method')) ?? 'GET';
  return {
    server: value('server') === 'sso' ? 'sso' : 'fhir',
    ...{ application: value('application'), method, path: value('path').trim(), headers: value('headers') },
    // A browser sends a line break as two characters.
    body: value('body').replaceAll('\r\n', '\n'),
  };
}

/** The form after somebody followed a link of an answer: a read of its target. */
export const followed = (typed: Typed, path: string): Typed => ({
  ...typed,
  method: 'GET',
  path,
  headers: '',
  body: '',
});

/** Header fields that a caller may send; the others are set by the portal, or have no effect. */
const permitted: ReadonlySet<string> = new Set([
  ...['accept', 'accept-language', 'content-type', 'if-match', 'if-modified-since', 'if-none-exist', 'if-none-match'],
  ...['prefer', 'x-provenance', 'x-request-id', 'x-security-context'],
]);

/** The header fields by their names in lower case; or the line that is invalid or not permitted. */
export function headersIn(text: string): { headers: Record<string, string> } | { wrong: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    // Not a regular expression: one that trims spaces at both ends of the value tries each division of them, which takes the third power of
    // their number.
    const colon = line.indexOf(':');
    const known = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!permitted.has(known) || !/^[\x20-\x7e]*$/.test(value)) return { wrong: line.slice(0, 200) };
    headers[known] = value;
  }
  return { headers };
}
