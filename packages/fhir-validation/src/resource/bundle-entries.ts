import { isResourceType } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { localTarget } from '../base/reference.ts';

/** Bundles of requests or responses, whose resources need no address. */
const ofRequests = /^(?:transaction|batch)(?:-response)?$/;

/** Matches the URL of a resource on a RESTful server. Anything may precede Type/id. */
const restful = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

/** Matches the URL of a version. An entry must not have one, because it changes with each update. */
const ofVersion = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(\/_history\/[A-Za-z0-9\-.]{1,64})$/;

/** Returns the base URL of the server in a fullUrl, with a trailing slash; undefined if it is not the URL of a resource on a server. */
export function serverOf(fullUrl: string): string | undefined {
  const [, type, id] = restful.exec(fullUrl) ?? [];
  return type === undefined || id === undefined ? undefined : fullUrl.slice(0, -`${type}/${id}`.length);
}

/** Checks the fullUrl of each entry. https://hl7.org/fhir/R5/bundle.html#bundle-unique */
export function checkFullUrls({ type, entry: entries }: Json, run: Run): void {
  const isOptional = typeof type !== 'string' || ofRequests.test(type);
  for (const [i, entry] of listOf(entries).entries()) {
    if (!isObject(entry)) continue;
    const { fullUrl, resource } = entry;
    if (fullUrl !== undefined && typeof fullUrl !== 'string') continue;
    run.enter('entry', i);
    if (fullUrl === undefined) {
      if (!isOptional && entry['_fullUrl'] === undefined) run.report('bundle-full-url-missing');
    } else if (fullUrl !== '' && !/^[a-z][a-z0-9+.-]*:[^ ]+$/.test(fullUrl))
      run.report('bundle-full-url-relative', { fullUrl: shown(fullUrl) });
    else if (isObject(resource)) checkFullUrl(fullUrl, resource, run);
    run.leave();
  }
}

function checkFullUrl(fullUrl: string, { resourceType, id, url }: Json, run: Run): void {
  checkCanonical(fullUrl, url, id, run);
  const match = restful.exec(fullUrl) ?? ofVersion.exec(fullUrl);
  if (match === null || !isResourceType(match[1]!) || typeof resourceType !== 'string') return;
  if (match[1] === resourceType && match[2] === id && match[3] === undefined) return;
  run.report('bundle-full-url', { fullUrl, expected: `${resourceType}/${typeof id === 'string' ? id : '…'}` });
}

/** Definitions from HL7 version 2 and 3, whose URLs have their own form. */
const ofOlderVersions = /^http:\/\/(?:hl7\.org\/fhir|terminology\.hl7\.org\/(?:CodeSystem|ValueSet))\/v[23][-/]/;

/** The canonical URL of a definition may only be the fullUrl of its entry if it is also a possible address on a server. */
function checkCanonical(fullUrl: string, url: unknown, id: unknown, run: Run): void {
  if (url !== fullUrl || ofOlderVersions.test(fullUrl)) return;
  const [, type, own] = restful.exec(fullUrl) ?? [];
  if (type !== undefined && isResourceType(type) && own === id) return;
  run.report('bundle-entry-canonical', { url: shown(fullUrl) });
}

const ofPages = new Set(['first', 'previous', 'next', 'last']);

/**
 * Checks links. Only search results and histories have pages; other Bundles have at most one link to themselves.
 * https://hl7.org/fhir/R5/bundle.html#links
 */
export function checkLinks({ type, link: links }: Json, run: Run): void {
  const isPaged = type === 'searchset' || type === 'history';
  const seen = new Set<string>();
  for (const [i, link] of listOf(links).entries()) {
    const relation = isObject(link) ? link['relation'] : undefined;
    if (typeof relation !== 'string') continue;
    const isPage = ofPages.has(relation);
    run.enter('link', i);
    if (relation === 'stylesheet' && type === 'document') checkStylesheet((link as Json)['url'], run);
    if (!isPaged) run.enter('relation', -1);
    if (isPage && !isPaged) run.report('bundle-link-page', { relation, type: String(type) });
    if (seen.has(relation) && (relation === 'self' || (isPaged && isPage)))
      run.report('bundle-link-twice', { relation });
    if (!isPaged) run.leave();
    run.leave();
    seen.add(relation);
  }
}

/** The stylesheet of a document must be in the document or at a permanent address. https://hl7.org/fhir/R5/documents.html#stylesheets */
function checkStylesheet(url: unknown, run: Run): void {
  if (typeof url !== 'string' || url === 'https://hl7.org/fhir/fhir.css') return;
  run.enter('url', -1);
  if (/^https?:/.test(url) || (url.startsWith('urn:') && localTarget(url, run) === undefined)) {
    run.report('bundle-stylesheet', { url: shown(url) });
    if (url.startsWith('http:')) run.report('bundle-stylesheet-insecure', { url: shown(url) });
    else if (url.startsWith('urn:')) run.report('bundle-stylesheet-unlinked', { url: shown(url) });
  } else if (!/^(?:urn|data):/.test(url) && localTarget(url, run) === undefined)
    run.report('bundle-stylesheet-missing', { url: shown(url) });
  run.leave();
}

/** Checks the entries of a search result and their modes. https://hl7.org/fhir/R5/bundle.html#searchset */
export function checkSearchSet(bundle: Json, run: Run): void {
  const entries = listOf(bundle['entry']).filter(isObject);
  if (entries.length === 0) return;
  const self = listOf(bundle['link']).find((link) => isObject(link) && link['relation'] === 'self') as Json | undefined;
  if (self === undefined) run.report('bundle-search-self');
  const types = typesSought(self?.['url']);
  const modes = entries.map(({ search }) => (isObject(search) ? search['mode'] : undefined));
  const areStated = modes.some((mode) => mode !== undefined);
  for (const [i, { resource }] of entries.entries()) {
    run.enter('entry', i);
    if (modes[i] === undefined && (areStated || isUnsought(resource, types))) run.report('bundle-search-mode');
    if (!isObject(resource)) run.report('bundle-search-resource');
    else checkFound(resource, modes[i], types, run);
    run.leave();
  }
  if (!areStated && isMixed(entries, types)) run.report('bundle-search-mode');
}

/** Reports the mode `outcome`, in a Bundle of any type. */
export function checkModes({ entry: entries }: Json, run: Run): void {
  for (const [i, entry] of listOf(entries).entries()) {
    const search = isObject(entry) ? entry['search'] : undefined;
    if (!isObject(search) || search['mode'] !== 'outcome') continue;
    run.enter('entry', i);
    reportOutcome(run);
    run.leave();
  }
}

/**
 * R5 deprecates the mode `outcome` and has an element of the Bundle for outcomes instead.
 * https://hl7.org/fhir/R5/codesystem-search-entry-mode.html
 */
function reportOutcome(run: Run): void {
  run.enter('search', -1);
  run.enter('mode', -1);
  run.report('code-inactive', {
    ...{ code: 'outcome', system: 'http://hl7.org/fhir/search-entry-mode', status: 'deprecated' },
  });
  run.leave();
  run.leave();
}

/** Whether a resource has another type than the ones searched for, so that it needs a mode. */
const isUnsought = (resource: unknown, types: readonly string[]): boolean =>
  types.length > 0 && isObject(resource) && !types.includes(String(resource['resourceType']));

function checkFound({ resourceType, id }: Json, mode: unknown, types: readonly string[], run: Run): void {
  run.enter('resource', -1);
  const type = String(resourceType);
  const isOutcome = type === 'OperationOutcome';
  if (id === undefined && !isOutcome && mode !== 'outcome')
    run.report('bundle-search-id', {}, mode === undefined ? 'warning' : 'error');
  const isOther = types.length > 0 && !types.includes(type);
  if (mode === 'match' && isOther) run.report('bundle-search-type', { type, expected: types.join(', ') });
  // For any other mode the resource must be an OperationOutcome.
  if (typeof mode === 'string' && mode !== 'match' && mode !== 'include' && !isOutcome)
    run.report('bundle-search-type', { type, expected: 'OperationOutcome' });
  run.leave();
}

/** Whether it is impossible to distinguish matches from included resources without modes. */
function isMixed(entries: readonly Json[], types: readonly string[]): boolean {
  const found = entries.flatMap(({ resource }) => (isObject(resource) ? [String(resource['resourceType'])] : []));
  if (types.length === 0) return found.length > 0;
  return found.some((type) => !types.includes(type)) || new Set(found).size > 1;
}

/** Returns the resource types in the URL of a search; empty if it names none. */
function typesSought(url: unknown): readonly string[] {
  if (typeof url !== 'string') return [];
  const [path = '', query = ''] = url.split('?');
  const type = path.split('/').at(-1)!;
  if (isResourceType(type)) return [type];
  const listed = query.split('&').find((one) => one.startsWith('_type='));
  return listed === undefined ? [] : listed.slice('_type='.length).split(',');
}
