/**
 * Every address this server answers. Paths are below the base URL; `:type` is any of `endpointTypes`, and
 * behind `:compartment` also `*`. The CapabilityStatement, the Allow header of a 405 and the routes of the web framework are all made
 * from this table, so it cannot lie. https://hl7.org/fhir/R5/http.html
 */
import { orOfTrail, withTrail } from './audit/reading/search-trail.ts';
import { administerAccess } from './administration/administer-access.ts';
import { evidenceTypes, identityEvidence } from './operations/identity-evidence.ts';
import { conditionalDelete } from './conditional/delete.ts';
import { conditionalPatch } from './conditional/patch.ts';
import { conditionalUpdate } from './conditional/update.ts';
import type { Route } from './contract/route.ts';
import { bundle } from './bundle/bundle.ts';
import {
  capabilities,
  openApi,
  postmanCollection,
  postmanEnvironment,
  smartConfiguration,
} from './interactions/capabilities.ts';
import { ofCaches } from './http/asked-types.ts';
import { create } from './conditional/create.ts';
import { deleteResource } from './interactions/delete.ts';
import { healthz, readyz } from './interactions/health.ts';
import { jobList } from './jobs/list.ts';
import { jobCancel, jobFile, jobStatus } from './jobs/status.ts';
import { historyInstance } from './interactions/history-instance.ts';
import { historySystem, historyType } from './interactions/history-type.ts';
import type { Interaction } from './contract/interaction.ts';
import { recordLooks } from './operations/record-looks.ts';
import { patch } from './interactions/patch.ts';
import { read } from './interactions/read.ts';
import { searchCompartment, searchSystem, searchType } from './interactions/search.ts';
import { update } from './interactions/update.ts';
import { vread } from './interactions/vread.ts';
import { publishedFile } from './operations/publish/file.ts';
import { definitionRoutes, operationRoutes } from './operations/routes.ts';
import {
  createView,
  deleteView,
  historyView,
  readView,
  searchView,
  updateView,
  vreadView,
} from './operations/view-definitions/interactions.ts';
import { viewType } from './operations/view-definitions/rights.ts';
import { viewCriteria } from './operations/view-definitions/search.ts';

export { endpointTypes } from './endpoint-types.ts';

const ifMatch = ['if-match'] as const;
const ifNoneExist = ['if-none-exist'] as const;
const ifMatchOrNone = ['if-match', 'if-none-match'] as const;
const ifNew = ['if-none-match', 'if-modified-since'] as const;
const page = ['_count', '_since', '_at', '_list', '_sort'];
const pageBefore = [...page, '_before', '_after'];
const pageFrom = [...page, '_cursor'];

/** One line, one address. */
// prettier-ignore
export const routes: readonly Route<Interaction>[] = [
  route('GET',    '/metadata',                            'capabilities',        'public', capabilities,       ['mode', '_type', ...ofCaches], ifNew),
  route('GET',    '/openapi.json',                        'openapi',             'public', openApi,            'any',    ifNew),
  route('GET',    '/postman_collection.json',             'postman-collection',  'public', postmanCollection,  'any',    ifNew),
  route('GET',    '/postman_environment.json',            'postman-environment', 'public', postmanEnvironment, 'any',    ifNew),
  route('GET',    '/.well-known/smart-configuration',     'smart-configuration', 'public', smartConfiguration, 'any',    []),
  route('GET',    '/healthz',                             'healthz',             'public', healthz,            'any',    []),
  route('GET',    '/readyz',                              'readyz',              'public', readyz,             'any',    []),
  route('GET',    '/',                                    'search-system',       'types',  searchSystem,       'search', []),
  route('POST',   '/',                                    'batch/transaction',   'entries', bundle,            [],       []),
  route('POST',   '/_search',                             'search-system',       'types',  searchSystem,       'search', []),
  route('GET',    '/:type',                               'search-type',         'types',  withTrail(searchType), 'search', []),
  route('POST',   '/:type/_search',                       'search-type',         'types',  withTrail(searchType),       'search', []),
  route('POST',   '/:compartment/:id/_search',            'search-compartment',  'types',  searchCompartment,  'search', []),
  route('GET',    '/:compartment/:id/:type',              'search-compartment',  'types',  searchCompartment,  'search', []),
  route('POST',   '/:compartment/:id/:type/_search',      'search-compartment',  'types',  searchCompartment,  'search', []),
  route('GET',    '/_history',                            'history-system',      's',      historySystem,      pageFrom, []),
  route('GET',    '/:type/_history',                      'history-type',        's',      historyType,        pageFrom, []),
  route('POST',   '/:type',                               'create',              'c',      create,             [],       ifNoneExist),
  route('PUT',    '/:type',                               'conditional-update',  'u',      conditionalUpdate,  'search', ifMatchOrNone),
  route('PATCH',  '/:type',                               'conditional-patch',   'u',      conditionalPatch,   'search', ifMatch),
  route('DELETE', '/:type',                               'conditional-delete',  'd',      conditionalDelete,  'search', ifMatch),
  route('GET',    '/:type/:id',                           'read',                'r',      orOfTrail(read),    [],       ifNew),
  route('PUT',    '/:type/:id',                           'update',              'u',      update,             [],       ifMatchOrNone),
  route('PATCH',  '/:type/:id',                           'patch',               'u',      patch,              [],       ifMatch),
  route('DELETE', '/:type/:id',                           'delete',              'd',      deleteResource,     ['_cascade'], ifMatch),
  route('GET',    '/:type/:id/_history',                  'history-instance',    'r',      historyInstance,    pageBefore, []),
  route('GET',    '/:type/:id/_history/:versionId',       'vread',               'r',      vread,              [],       ifNew),
  route('GET',    '/$job',                                'job-list',            'own',    jobList,            [],       []),
  route('GET',    '/$job/:id',                            'job-status',          'own',    jobStatus,          [],       []),
  route('DELETE', '/$job/:id',                            'job-cancel',          'own',    jobCancel,          [],       []),
  { ...route('GET', '/$job/:id/:versionId',             'job-file',            'own',    jobFile,            [],       ['if-none-match']), answersFiles: true },
  { ...route('GET', '/$bulk-publish/:id',                  'published-file',      'own',    publishedFile,      [],       []), answersFiles: true },
  // Between the SSO and this server: no part of the API, and in no statement about it.
  { ...route('POST',  '/:type/$identity-evidence',        '$identity-evidence',  'any',    identityEvidence,   [],       []), types: evidenceTypes, isSafe: true },
  { ...route('POST',  '/:type/$record-looks',             '$record-looks',       'any',    recordLooks,        [],       []), types: ['Patient'], isSafe: true },
  route('POST',   '/$access-administration',              '$access-administration', 'own',  administerAccess,   ['act'],  []),
  // R5 has no such type: no Bundle entry and no request for all types can refer to it.
  ofViews('GET',    '/ViewDefinition',                         'search-views',  searchView,  [...viewCriteria, '_count', '_cursor']),
  ofViews('POST',   '/ViewDefinition/_search',                 'search-views',  searchView,  'search'),
  ofViews('POST',   '/ViewDefinition',                         'view-create',  createView),
  ofViews('GET',    '/ViewDefinition/:id',                     'view-read',    readView,    [], ifNew),
  ofViews('PUT',    '/ViewDefinition/:id',                     'view-update',  updateView,  [], ifMatchOrNone),
  ofViews('DELETE', '/ViewDefinition/:id',                     'view-delete',  deleteView,  [], ifMatch),
  ofViews('GET',    '/ViewDefinition/:id/_history',            'view-history', historyView, ['_count', '_before', '_after']),
  ofViews('GET',    '/ViewDefinition/:id/_history/:versionId', 'view-vread',   vreadView,   [], ifNew),
  ...operationRoutes,
  ...definitionRoutes,
];

function route(
  method: Route['method'],
  path: string,
  interaction: string,
  permission: Route['permission'],
  run: Interaction,
  parameters: Route['parameters'],
  conditions: Route['conditions'],
): Route<Interaction> {
  return { method, path, interaction, permission, run, parameters, conditions };
}

function ofViews(
  method: Route['method'],
  path: string,
  interaction: string,
  run: Interaction,
  parameters: Route['parameters'] = [],
  conditions: Route['conditions'] = [],
): Route<Interaction> {
  const own = route(method, path, interaction, 'own', run, parameters, conditions);
  return { ...own, ofType: viewType, answersFiles: true, ...(path.endsWith('/_search') && { isSafe: true }) };
}
