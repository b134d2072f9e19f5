/** Requests without a route: whether the answer is 404 or 405, and what was probably meant. */
import type { Level, Route } from '../contract/route.ts';
import { failure, type Failure } from '../http/errors.ts';
import { nearest } from '../http/nearest.ts';
import type { Matcher } from './matcher.ts';

export interface Misses {
  /** The methods at a path; empty if there are none. */
  methodsAt(path: string): string[];
  /** The failure for a method and a path below the base URL (no query). */
  explain(method: string, path: string): Failure;
  /** Whether the path has the form of a resource's address: then the answer waits until the caller is known. */
  isResourcePath(path: string): boolean;
}

export interface Served {
  readonly types: readonly string[];
  readonly baseUrl: string;
  /** The operations at a place; the type is '' for the system. */
  readonly operationsAt: (level: Level, type: string) => readonly { readonly code: string }[];
}

export function describeMisses(matcher: Matcher<unknown>, { types, baseUrl, operationsAt }: Served): Misses {
  const isType = new Set(types);

  function routesAt(path: string): { segments: readonly string[]; here: readonly Route[]; isExact: boolean } {
    // The base URL itself, with or without the slash.
    const segments = path === '' ? [''] : path.split('/').slice(1);
    const { routes: here, isExact } = matcher.at(segments);
    return { segments, here, isExact };
  }

  function methodsAt(path: string): string[] {
    const { segments, here, isExact } = routesAt(path);
    const [type = ''] = segments;
    return isExact || isType.has(type) || here.every((route) => !route.path.startsWith('/:')) ? methodsOf(here) : [];
  }

  function explain(method: string, path: string): Failure {
    const { segments, here, isExact } = routesAt(path);
    const [type = '', id] = segments;
    if (segments.at(-1)?.startsWith('$') === true && here.length === 0) {
      return segments.length === 1 || isType.has(type) ? unknownOperation(segments, operationsAt) : unknownType(type);
    }
    const isOfType = here.some((route) => route.path.startsWith('/:'));
    if (!isExact && isOfType && !isType.has(type)) return unknownType(type);
    const member = memberAt(here, segments);
    if (member !== undefined && member !== '*' && !isType.has(member)) {
      if (member.startsWith('$')) return unknownOperation(segments, operationsAt);
      return member.startsWith('_') ? badId(path, type, member, member) : unknownType(member);
    }
    if (here.length === 0) {
      const diagnostics = `Nothing is served at ${shown(path)}. ${withoutSlashes(path) ?? `What there is: ${baseUrl}/metadata.`}`;
      return failure('route-unknown', {}, { diagnostics });
    }
    const methods = methodsOf(here);
    if (methods.includes(method)) return badId(path, type, id ?? '', segments.at(-1) ?? '');
    // Every address with a method answers OPTIONS, too (RFC 9110 section 10.2.1).
    const allowed = [...methods, 'OPTIONS'].join(', ');
    const rest = segments[0] === '' ? `: what there is, says ${baseUrl}/metadata` : hint(method, segments);
    const diagnostics = `${method} is not supported at ${shown(path)}${rest}.`;
    return failure('method-not-allowed', { method, allowed }, { diagnostics, headers: { allow: allowed } });
  }

  /** Advice if a base URL with a final slash, or an empty id, has caused an extra slash. */
  function withoutSlashes(path: string): string | undefined {
    const meant = path.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '');
    return meant === path || routesAt(meant).here.length === 0
      ? undefined
      : `There is a slash too many; without it, it is ${shown(meant)}.`;
  }

  function unknownType(type: string): Failure {
    const [meant] = nearest(type, types);
    const reason =
      type === 'Parameters' ? 'Parameters has no endpoint' : `${shown(type)} is not a resource type of FHIR R5`;
    const rest =
      meant === undefined ? ` The ${types.length} types are listed in ${baseUrl}/metadata.` : ` Did you mean ${meant}?`;
    return failure('type-unknown', { type: type.slice(0, 100) }, { diagnostics: `${reason}.${rest}` });
  }

  return {
    explain,
    methodsAt,
    isResourcePath: (path) => path !== '/' && matcher.fits(path.split('/').slice(1)),
  };
}

function methodsOf(routes: readonly Route[]): string[] {
  return routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

/** A path that fits a route and is no id: an operation, a reserved word, or a mistake. */
function badId(path: string, type: string, id: string, last: string): Failure {
  if (id.startsWith('$') || id.startsWith('_')) {
    const diagnostics = `${shown(id)} is not supported on ${type} at ${shown(path)}.`;
    return failure('route-unknown', {}, { diagnostics });
  }
  return failure('id-malformed', {}, { diagnostics: `The id ${shown(last)} does not match [A-Za-z0-9\\-\\.]{1,64}.` });
}

/** The type that is searched in a compartment. */
function memberAt(here: readonly Route[], segments: readonly string[]): string | undefined {
  const route = here.find(({ path }) => path.startsWith('/:compartment/'));
  return segments[(route?.path.split('/').indexOf(':type') ?? 0) - 1];
}

function hint(method: string, segments: readonly string[]): string {
  if (segments.at(-1) === '_search' && method === 'GET') {
    return `: search by GET at /${segments.slice(0, -1).join('/')}, or send the parameters as a form by POST`;
  }
  if (segments.length === 1 && method === 'PUT') return ': an update names the id, as in PUT /Patient/123';
  if (segments.length === 2 && method === 'POST' && segments[0]?.startsWith('$') !== true)
    return `: to create a resource POST to /${segments[0]}`;
  return '';
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

/** Levels by the number of path segments before `$x`. */
const levels: Readonly<Record<number, Level>> = { 0: 'system', 1: 'type', 2: 'instance', 4: 'version' };

/** The failure for an operation that does not exist at its address; it names the existing ones. */
function unknownOperation(segments: readonly string[], operationsAt: Served['operationsAt']): Failure {
  const code = segments.at(-1) ?? '';
  const [type = ''] = segments.length > 1 ? segments : [];
  const level = levels[segments.length - 1] ?? 'system';
  const here = operationsAt(level, type).map((each) => `$${each.code}`);
  const place = `/${[...segments.slice(0, -1), ''].join('/')}`.slice(0, 200);
  const known = here.length === 0 ? 'There are none here.' : `There are: ${here.join(', ')}.`;
  const values = { operation: code.slice(0, 100), known: here.join(', ') || '–' };
  return failure('operation-unknown', values, {
    diagnostics: `${code.slice(0, 100)} is no operation at ${place}. ${known}`,
  });
}
