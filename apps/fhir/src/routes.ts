/**
 * Every address this server answers. Paths are below the base URL; `:type` is any of `endpointTypes`. The CapabilityStatement,
 * the Allow header of a 405 and the routes of the web framework are all made from this table, so it cannot lie.
 * https://hl7.org/fhir/R5/http.html
 */
import { resourceTypes } from '@dhp/fhir-model';
import type { Permission } from './http/access.ts';
import { bundle } from './interactions/bundle.ts';
import { capabilities, smartConfiguration } from './interactions/capabilities.ts';
import { create } from './interactions/create.ts';
import { deleteResource } from './interactions/delete.ts';
import { healthz, readyz } from './interactions/health.ts';
import { historyInstance } from './interactions/history-instance.ts';
import { historySystem } from './interactions/history-system.ts';
import { historyType } from './interactions/history-type.ts';
import type { Interaction } from './interactions/interaction.ts';
import { patch } from './interactions/patch.ts';
import { read } from './interactions/read.ts';
import { update } from './interactions/update.ts';
import { vread } from './interactions/vread.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** The name of the specification, where it has one; `batch/transaction` are two at one address. */
  readonly interaction: string;
  /**
   * What a token must permit on the type; `public` needs no token, `entries` leaves it to the entries of the Bundle. There is no
   * default: a route without one stops the start.
   */
  readonly permission: Permission | 'public' | 'entries';
  readonly run: Interaction;
  /** Query parameters it knows beside `_format`; `any` leaves the query alone. */
  readonly parameters: readonly string[] | 'any';
  /** Conditional headers it honours. Others that would change its meaning are refused, never ignored. */
  readonly conditions: readonly ('if-match' | 'if-none-match' | 'if-modified-since')[];
}

const ifMatch = ['if-match'] as const;
const ifMatchOrNone = ['if-match', 'if-none-match'] as const;
const ifNew = ['if-none-match', 'if-modified-since'] as const;
const page = ['_count', '_since', '_at', '_sort'];
const pageBefore = [...page, '_before'];
const pageFrom = [...page, '_cursor'];

/** One line, one address. */
// prettier-ignore
export const routes: readonly Route[] = [
  route('GET',    '/metadata',                            'capabilities',        'public', capabilities,       ['mode'], ifNew),
  route('GET',    '/.well-known/smart-configuration',     'smart-configuration', 'public', smartConfiguration, 'any',    []),
  route('GET',    '/healthz',                             'healthz',             'public', healthz,            'any',    []),
  route('GET',    '/readyz',                              'readyz',              'public', readyz,             'any',    []),
  route('POST',   '/',                                    'batch/transaction',   'entries', bundle,            [],       []),
  route('GET',    '/_history',                            'history-system',      's',      historySystem,      pageFrom, []),
  route('GET',    '/:type/_history',                      'history-type',        's',      historyType,        pageFrom, []),
  route('POST',   '/:type',                               'create',              'c',      create,             [],       []),
  route('GET',    '/:type/:id',                           'read',                'r',      read,               [],       ifNew),
  route('PUT',    '/:type/:id',                           'update',              'u',      update,             [],       ifMatchOrNone),
  route('PATCH',  '/:type/:id',                           'patch',               'u',      patch,              [],       ifMatch),
  route('DELETE', '/:type/:id',                           'delete',              'd',      deleteResource,     [],       ifMatch),
  route('GET',    '/:type/:id/_history',                  'history-instance',    'r',      historyInstance,    pageBefore, []),
  route('GET',    '/:type/:id/_history/:versionId',       'vread',               'r',      vread,              [],       ifNew),
];

function route(
  method: Route['method'],
  path: string,
  interaction: string,
  permission: Route['permission'],
  run: Interaction,
  parameters: Route['parameters'],
  conditions: Route['conditions'],
): Route {
  return { method, path, interaction, permission, run, parameters, conditions };
}

/** The types that have an endpoint: all but Parameters, which only travels (https://hl7.org/fhir/R5/parameters.html). */
export const endpointTypes: readonly string[] = resourceTypes.filter((type) => type !== 'Parameters');
