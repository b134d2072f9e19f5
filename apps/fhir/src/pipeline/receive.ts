/** The sixth step: the body, from callers who may send one. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Query } from '../contract/query.ts';
import type { Route } from '../contract/route.ts';
import type { Target } from '../contract/target.ts';
import { isForm, requireContentType, type BodyKind } from '../http/content-type.ts';
import type { Interaction } from '../contract/interaction.ts';
import type { Exchange, Received } from '../contract/exchange.ts';
import { plainJson } from '../presentation/presentation.ts';
import { presentationOf } from './negotiate.ts';
import type { PipelineSettings } from './settings.ts';

/** Whether a body of a request of this method has a meaning. */
export function hasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/** Fails with `media-type-unsupported`, `patch-format-unsupported` or `search-form-expected` before a body is read. */
export function requireBodyKind({ route, type }: Target<Interaction>, headers: IncomingHttpHeaders): void {
  if (hasBody(route.method) && !isForm(headers)) requireContentType(headers, bodyKind(route, type));
}

function bodyKind({ method, interaction }: Route, type: string): BodyKind {
  if (interaction.startsWith('search')) return 'form';
  if (method === 'PATCH') return 'patch';
  if (interaction === '$import') return 'lines';
  if (interaction.startsWith('$')) return 'resource';
  return type === 'Binary' ? 'binary' : 'resource';
}

/** Makes the call from a body that was read; the parameters of a form count like those of the query. */
export function callWith(exchange: Exchange, received: Received, { misses }: Pick<PipelineSettings, 'misses'>): void {
  const { target, request, bearer, recording } = exchange;
  const { body, budget } = received;
  if (target === undefined) throw misses.explain(request.method, request.path);
  const { route, compartment, type, id, versionId } = target;
  let { query } = target;
  if (route.parameters === 'search' && route.method === 'POST') {
    query = withForm(query, body as Query | undefined);
    exchange.presentation = presentationOf(exchange, query);
  }
  const { headers } = request;
  const isConverted = received.isConverted ?? exchange.presentation !== plainJson;
  exchange.call = {
    compartment,
    type,
    id,
    versionId,
    query,
    headers,
    body,
    access: bearer?.access,
    budget,
    isConverted,
    recording,
    ...(received.work !== undefined && { work: received.work }),
    ...(request.entry !== undefined && { isEntry: true }),
  };
}

/** The parameters of a search by form: those of its address and those of the form together. */
function withForm(query: Query, form: Query | undefined): Query {
  const both = Object.assign(Object.create(null), query) as Record<string, string | string[]>;
  for (const [name, value = []] of Object.entries(form ?? {})) {
    const before = both[name];
    both[name] = before === undefined ? value : [before, value].flat();
  }
  return both;
}
