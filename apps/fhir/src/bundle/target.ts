/** The request of an entry as one by itself. */
import type { Query } from '../contract/query.ts';
import type { FhirRequest, InBundle } from '../contract/request.ts';
import type { EntryRequest } from '../contract/target.ts';
import { fail } from '../http/errors.ts';
import { readQuery } from '../http/query.ts';
import { shownEntry, type Entry } from './entry.ts';

/** https://hl7.org/fhir/R5/valueset-http-verb.html */
const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Fails for a method or a URL that no request could have. */
export function asRequest(
  entry: InBundle,
  { method, url }: EntryRequest,
  { headers, baseUrl }: { headers: FhirRequest['headers']; baseUrl: string },
): FhirRequest {
  if (!verbs.includes(method)) {
    const diagnostics = `request.method is ${JSON.stringify(method.slice(0, 100))}; it is one of ${verbs.join(', ')}.`;
    invalid(entry, 'method', diagnostics);
  }
  const { path, query } = addressOf(entry, url, baseUrl);
  const segments = path.split('/').slice(1);
  return { method, path, segments, values: segments, query, headers, entry };
}

/** The entry asks for an interaction that this server does not support in a Bundle. */
export function unsupported(entry: Pick<Entry, 'index'>, member: string, diagnostics: string): never {
  const expression = `request.${member}`;
  fail('entry-unsupported', { entry: shownEntry(entry.index) }, { diagnostics, expression });
}

function invalid(entry: Pick<Entry, 'index'>, member: string, diagnostics: string): never {
  fail('entry-request-invalid', { entry: shownEntry(entry.index) }, { diagnostics, expression: `request.${member}` });
}

/** Nearly every URL of an entry: nothing to strip, to decode or to split. */
const plainUrl = /^[A-Za-z]+(?:\/[A-Za-z0-9.-]+)?$/;

/** The path below the base URL, with a slash in front, and the query. */
function addressOf(
  entry: Pick<Entry, 'index'>,
  url: string,
  baseUrl: string,
): { path: string; query: Query | undefined } {
  if (plainUrl.test(url)) return { path: `/${url}`, query: undefined };
  const shown = (): string => JSON.stringify(url.slice(0, 200));
  let relative = url;
  if (url === baseUrl || url.startsWith(`${baseUrl}/`) || url.startsWith(`${baseUrl}?`)) {
    relative = url.slice(baseUrl.length);
  } else if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(url)) {
    invalid(entry, 'url', `request.url is ${shown()}, which is not below the base URL of this server, ${baseUrl}.`);
  }
  if (url.includes('#')) invalid(entry, 'url', `request.url is ${shown()}; it has no fragment.`);
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  const decoded = decodedPath(path);
  if (decoded === undefined) invalid(entry, 'url', `request.url is ${shown()}, which is badly encoded.`);
  const slashed = decoded.startsWith('/') ? decoded : `/${decoded}`;
  return {
    path: slashed,
    query: mark < 0 ? undefined : readQuery(relative.slice(mark + 1), 'the query of request.url'),
  };
}

function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
