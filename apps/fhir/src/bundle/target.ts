/** What the request of an entry addresses: a route of this server. */
import { isId } from '@dhp/fhir-model';
import type { Route } from '../contract/route.ts';
import type { EntryTarget, FindTarget } from '../contract/target.ts';
import { fail } from '../http/errors.ts';
import type { Misses } from '../http/misses.ts';
import type { Query } from '../contract/query.ts';
import { queryOfParameters, requireKnownParameters } from '../http/negotiate.ts';
import type { Interaction } from '../interactions/interaction.ts';
import { shownEntry, type Entry } from './entry.ts';

export type Target = EntryTarget<Interaction>;

interface Served {
  readonly route: Route<Interaction>;
  /** Of its path. */
  readonly parts: readonly string[];
}

/** Of an address without a query. */
export const noQuery: Query = Object.freeze({});

/** https://hl7.org/fhir/R5/valueset-http-verb.html */
const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function createTargets(
  routes: readonly Route<Interaction>[],
  types: ReadonlySet<string>,
  misses: Misses,
  baseUrl: string,
): FindTarget<Interaction> {
  const isServed = ({ method, path, interaction, permission }: Route): boolean =>
    (path !== '/' || method === 'GET') &&
    // An entry has no form.
    !path.endsWith('/_search') &&
    (permission !== 'public' || interaction === 'capabilities' || interaction === '$versions');
  const served: Served[] = routes
    .filter(isServed)
    .map((route) => ({ route, parts: route.path.split('/').slice(1) }))
    // An address that is written out comes before one with a variable in its place.
    .sort((a, b) => variables(a.parts) - variables(b.parts));
  const barred = new Set(routes.filter((route) => !isServed(route)).map(({ method, path }) => `${method} ${path}`));

  const find = (sought: string, segments: readonly string[]): Served | undefined =>
    served.find(
      ({ route, parts }) =>
        route.method === sought && fits(parts, segments) && route.types?.includes(segments[0] ?? '') !== false,
    );
  /** By method and type: of a Bundle of thousands nearly all are creates. */
  const ofTypes = new Map<string, Served>();
  const servedAt = (sought: string, segments: readonly string[]): Served | undefined => {
    const [type = '', ...more] = segments;
    if (more.length > 0 || !types.has(type)) return find(sought, segments);
    const name = `${sought} ${type}`;
    const found = ofTypes.get(name) ?? find(sought, segments);
    if (found !== undefined) ofTypes.set(name, found);
    return found;
  };

  return (entry, request, prefer) => {
    const { method } = request;
    if (!verbs.includes(method)) {
      const diagnostics = `request.method is ${JSON.stringify(method.slice(0, 100))}; it is one of ${verbs.join(', ')}.`;
      invalid(entry, 'method', diagnostics);
    }
    const { path, query } = addressOf(entry, request.url, baseUrl);
    const segments = path.split('/').slice(1);
    const sought = method === 'HEAD' ? 'GET' : method;
    if (barred.has(`${sought} ${path}`)) invalid(entry, 'url', `${method} ${path} cannot be asked for in a Bundle.`);
    const found = servedAt(sought, segments);
    if (found === undefined) throw misses.explain(method, path);
    const { route, parts } = found;
    const target = {
      route,
      compartment: undefined as string | undefined,
      type: '',
      id: '',
      versionId: '',
      query: query ?? noQuery,
    };
    for (const [i, part] of parts.entries()) {
      const value = segments[i] ?? '';
      if (part === ':type') target.type = value;
      else if (part === ':compartment') target.compartment = value;
      else if (part === ':id') target.id = value;
      else if (part === ':versionId') target.versionId = value;
    }
    const isAddress =
      (target.type === '' || types.has(target.type) || (target.type === '*' && target.compartment !== undefined)) &&
      (target.compartment === undefined || types.has(target.compartment)) &&
      [target.id, target.versionId].every((id) => id === '' || isId(id));
    if (!isAddress) throw misses.explain(method, path);
    if (query !== undefined && typeof route.parameters !== 'string' && route.ignoresOthers !== true) {
      requireKnownParameters(query, route.parameters, route.interaction, prefer);
    }
    return target;
  };
}

/** The entry asks for what this server cannot do in a Bundle yet. */
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
  return { path: slashed, query: mark < 0 ? undefined : queryOf(relative.slice(mark + 1)) };
}

function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function queryOf(text: string): Query {
  return queryOfParameters(new URLSearchParams(text));
}

function fits(parts: readonly string[], segments: readonly string[]): boolean {
  return (
    parts.length === segments.length &&
    parts.every((part, i) => part === segments[i] || (part.startsWith(':') && /^[^$]/.test(segments[i] ?? '')))
  );
}

function variables(parts: readonly string[]): number {
  return parts.filter((part) => part.startsWith(':')).length;
}
