/** Responses in OpenAPI form: success by the interaction, errors by their status in the catalogue. */
import { STATUS_CODES } from 'node:http';
import { mayWrite, type Route } from '../../contract/route.ts';
import { errorCatalogue, type ErrorCode } from '../../http/error-catalogue/index.ts';
import { mayComeFromReplica, tellsPosition } from '../../pipeline/from-replica.ts';
import { eventStream } from '../../http/accept.ts';
import { fhirContent } from './request-parts.ts';
import type { Schema } from './schemas.ts';

/** Statuses of success by interaction; of others 200. */
const successes: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries<readonly number[]>({
    create: [200, 201],
    update: [200, 201],
    'conditional-update': [200, 201],
    delete: [200, 204],
    'conditional-delete': [200, 204],
    $document: [200, 201],
    $export: [202],
    '$viewdefinition-export': [202],
    '$sql-export': [202],
    'view-create': [201],
    'view-update': [200, 201],
    'view-delete': [200, 204],
    'job-status': [200, 202, 303],
    'job-cancel': [202],
    'job-file': [200, 206],
  }),
);

const exportsOfTables: readonly string[] = ['$viewdefinition-export', '$sql-export'];

const ofReads = [404, 410];
const ofBodies = [413, 415, 501];
const ofWrites = [409, 412, 422, 507];

/** Every error status of the catalogue that the request can get; any request can get 417, 429, 431 and the server errors. */
export function errorStatusesOf(route: Route): number[] {
  const { method, path, interaction, permission } = route;
  const isSearch = interaction.startsWith('search');
  const isCapability = ['capabilities', 'openapi', 'operation-definition'].includes(interaction);
  const any = [400, 406, 417, 429, 431, 500, 503];
  if (permission === 'public' && !interaction.startsWith('$')) return isCapability ? any : [417, 429, 431, 500, 503];
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return [
    ...any,
    ...(permission === 'public' ? [] : [401, 403]),
    ...(path.includes(':id') || isSearch || interaction.startsWith('conditional') ? ofReads : []),
    ...(interaction.startsWith('$') ? [404, 409, 410, 412, 422] : []),
    ...(interaction === '$export' || exportsOfTables.includes(interaction) ? [501] : []),
    ...(interaction === 'job-status' ? [422, 507] : []),
    ...(isSearch || interaction.startsWith('history') ? [404, 410, 422] : []),
    ...(hasBody ? [...ofBodies, 408] : []),
    ...(mayWrite(route) ? [...ofWrites, 404, 410] : []),
    ...(method === 'DELETE' || method === 'PUT' || method === 'PATCH' ? [405] : []),
  ];
}

/** `responses` of an operation. `isBrief`: errors as ranges. */
export function responsesOf(route: Route, content: Schema | undefined, isBrief: boolean): Record<string, object> {
  const { interaction, conditions } = route;
  const good = (successes.get(interaction) ?? [200]).map((status) => {
    const shared = isBrief ? sharedName(status, route) : undefined;
    return [status, shared === undefined ? successOf(status, route, content) : ref(shared)];
  });
  const errors = isBrief
    ? [['4XX', ref('Refused')] as const, ['5XX', ref('Failed')] as const]
    : [...new Set(errorStatusesOf(route))].sort((a, b) => a - b).map((status) => [status, ref(`E${status}`)] as const);
  return Object.fromEntries([
    ...good,
    ...(conditions.includes('if-modified-since') ? [[304, ref('NotModified')] as const] : []),
    ...errors,
  ]) as Record<string, object>;
}

/** Interactions that answer with a version of a resource. */
const ofVersions = [...['create', 'update', 'patch', 'read', 'vread', 'conditional-update', 'conditional-patch']];

function sharedName(status: number, { interaction }: Route): keyof typeof sharedSuccesses | undefined {
  if (status === 204) return 'NoContent';
  if (!ofVersions.includes(interaction)) return undefined;
  return status === 201 ? 'Created' : 'Version';
}

/** Forms of a table; in FHIR's own it is the content of a Binary. */
const ofTables: Schema = Object.fromEntries(
  ['application/x-ndjson', 'application/json', 'text/csv', 'application/fhir+json'].map((type) => [type, {}]),
);

function successOf(status: number, route: Route, resources: Schema | undefined): object {
  const { permission } = route;
  const content = contentOf(route, resources);
  return {
    description: STATUS_CODES[status] ?? '',
    ...headersOf(status, route),
    ...(status !== 204 && content !== undefined && { content }),
    ...(permission === 'public' && { 'x-cache': 'public' }),
  };
}

function headersOf(status: number, route: Route): object {
  const all = {
    ...(ofVersions.includes(route.interaction) && versionHeaders(status)),
    ...(mayComeFromReplica(route) && { 'X-Staleness': header('X-Staleness') }),
    ...(tellsPosition(route) && route.permission !== 'public' && { 'X-Position': header('X-Position') }),
  };
  return Object.keys(all).length === 0 ? {} : { headers: all };
}

function contentOf(
  { interaction, answersFiles, isLive, offersLines, ofType }: Route,
  resources: Schema | undefined,
): Schema | undefined {
  if (ofType !== undefined) return { 'application/fhir+json': {} };
  if (interaction === '$export') return undefined;
  if (interaction === 'published-file') return { 'application/fhir+ndjson': {} };
  if (interaction === '$bulk-publish') return { 'application/json': {} };
  if (interaction === 'job-file') return { 'application/fhir+ndjson': {}, ...ofTables };
  if (exportsOfTables.includes(interaction)) return { 'application/fhir+json': {} };
  if (offersLines === true) return { ...resources, 'application/fhir+ndjson': {} };
  if (isLive === true) return { ...resources, [eventStream]: {} };
  return answersFiles === true ? ofTables : resources;
}

function versionHeaders(status: number): object {
  return {
    ETag: header('ETag'),
    'Last-Modified': header('Last-Modified'),
    ...(status === 201 && { Location: header('Location') }),
  };
}

/** `components.responses` of a brief description, beside the errors. */
export const sharedSuccesses = {
  Version: { description: 'The resource', headers: versionHeaders(200), content: anyContent() },
  Created: { description: 'The resource that was made', headers: versionHeaders(201), content: anyContent() },
  NoContent: { description: 'Done; nothing is told, as the client prefers' },
} as const;

function anyContent(): Schema {
  return fhirContent({ $ref: '#/components/schemas/Resource' });
}

function ref(name: string): object {
  return { $ref: `#/components/responses/${name}` };
}

function header(name: string): object {
  return { $ref: `#/components/headers/${name}` };
}

export const headers: Readonly<Record<string, object>> = {
  ETag: { description: 'The version, for If-Match and If-None-Match', schema: { type: 'string', examples: ['W/"3"'] } },
  'Last-Modified': { description: 'When the version was made', schema: { type: 'string' } },
  Location: { description: 'The address of the version that was made', schema: { type: 'string', format: 'uri' } },
  'X-Position': {
    description: 'Where replicas are read: the place of the write, for X-Position of a read that is to show it',
    schema: { type: 'string' },
  },
  'X-Staleness': {
    description: 'Where a replica has answered: seconds by which the answer may be older than the newest',
    schema: { type: 'integer' },
  },
  'Retry-After': { description: 'Seconds after which to try again', schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'The challenge, with the scope that is missing', schema: { type: 'string' } },
};

const codes = Object.keys(errorCatalogue) as ErrorCode[];

/** `components.responses`. */
export function errorResponses(outcome: Schema): Record<string, object> {
  const statuses = [...new Set(codes.map((code) => errorCatalogue[code].status))].sort((a, b) => a - b);
  return {
    NotModified: { description: 'Nothing is newer than what the condition names' },
    Refused: { description: 'The request was refused; the outcome says why, and what to do', content: outcome },
    Failed: { description: 'Not now, or a fault of the server; the outcome says which', content: outcome },
    ...Object.fromEntries(statuses.map((status) => [`E${status}`, errorResponse(status, outcome)])),
  };
}

function errorResponse(status: number, content: Schema): object {
  const here = codes.filter((code) => errorCatalogue[code].status === status);
  return {
    description: `${STATUS_CODES[status] ?? ''}. The code in issue.details.coding: ${here.join(', ')}`,
    ...(status === 401 && { headers: { 'WWW-Authenticate': header('WWW-Authenticate') } }),
    ...([408, 409, 429, 503].includes(status) && { headers: { 'Retry-After': header('Retry-After') } }),
    content,
  };
}
