/** The first step: which route a request addresses. */
import { isId } from '@dhp/fhir-model';
import type { Query } from '../contract/query.ts';
import type { FhirRequest, InBundle } from '../contract/request.ts';
import type { Target } from '../contract/target.ts';
import { fail } from '../http/errors.ts';
import type { Interaction } from '../contract/interaction.ts';
import type { Exchange } from '../contract/exchange.ts';
import type { Match } from './matcher.ts';
import type { PipelineSettings } from './settings.ts';

/** The query of an address without one. */
export const noQuery: Query = Object.freeze({});

/** Fails if there is no route; if the address could be a resource's, `requireServed` fails instead, after authentication. */
export function match(exchange: Exchange, { matcher, forEntries, misses }: PipelineSettings): void {
  const { request } = exchange;
  const { method, path, entry } = request;
  const sought = method === 'HEAD' ? 'GET' : method;
  if (entry !== undefined) {
    // An address of a type that is not in R5 looks like one of any type.
    const ofType = matcher.match(sought, request.segments, request.values)?.route.ofType;
    if (ofType !== undefined || forEntries.barred.has(`${sought} ${path}`)) failBarred(request, entry);
  }
  const routes = entry === undefined ? matcher : forEntries.matcher;
  const found = routes.match(sought, request.segments, request.values);
  if (found !== undefined) exchange.target = targetOf(found, request);
  else if (!misses.isResourcePath(path)) throw misses.explain(method, path);
}

function failBarred({ method, path }: FhirRequest, { index }: InBundle): never {
  const diagnostics = `${method} ${path} cannot be asked for in a Bundle.`;
  fail('entry-request-invalid', { entry: `Bundle.entry[${index}]` }, { diagnostics, expression: 'request.url' });
}

function targetOf(
  { route, compartment, type = route.ofType ?? '', id = '', versionId = '' }: Match<Interaction>,
  { query = noQuery }: FhirRequest,
): Target<Interaction> {
  return { route, compartment, type, id, versionId, query };
}

/** Fails unless the variables of the path are types and ids, as far as the route has them. */
export function requireServed(exchange: Exchange, { misses, types }: PipelineSettings): void {
  const { request, target } = exchange;
  if (target === undefined || !isServed(target, types)) throw misses.explain(request.method, request.path);
}

function isServed(
  { route, compartment, type, id, versionId }: Target<Interaction>,
  types: ReadonlySet<string>,
): boolean {
  const { path } = route;
  const isType =
    !path.includes(':type') ||
    (types.has(type) && route.types?.includes(type) !== false) ||
    (type === '*' && compartment !== undefined);
  const isCompartment = compartment === undefined || types.has(compartment);
  return isType && isCompartment && isIdOr(id, path, ':id') && isIdOr(versionId, path, ':versionId');
}

function isIdOr(value: string, path: string, variable: string): boolean {
  return isId(value) || (value === '' && !path.includes(variable));
}
