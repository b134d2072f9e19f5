import { isResourceType } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { localTarget } from '../base/reference.ts';

/** Bundles whose entries are requests or their answers: what they hold need not have an address. */
const ofRequests = /^(?:transaction|batch)(?:-response)?$/;

/** A URL of the form of a RESTful server: what is before Type/id may be anything. */
const restful = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

/** The address of a version, which no entry has: it would be another one with each change. */
const ofVersion = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(\/_history\/[A-Za-z0-9\-.]{1,64})$/;

/** Returns the address of the server that a fullUrl is of, with a slash at its end; undefined for one of no server. */
export function serverOf(fullUrl: string): string | undefined {
  const [, type, id] = restful.exec(fullUrl) ?? [];
  return type === undefined || id === undefined ? undefined : fullUrl.slice(0, -`${type}/${id}`.length);
}

/** The address of each entry. https://hl7.org/fhir/R5/bundle.html#bundle-unique */
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

/** Definitions of HL7's versions 2 and 3, whose addresses have a form of their own. */
const ofOlderVersions = /^http:\/\/(?:hl7\.org\/fhir|terminology\.hl7\.org\/(?:CodeSystem|ValueSet))\/v[23][-/]/;

/** The url of a definition is that of its entry only where a server would give it that address. */
function checkCanonical(fullUrl: string, url: unknown, id: unknown, run: Run): void {
  if (url !== fullUrl || ofOlderVersions.test(fullUrl)) return;
  const [, type, own] = restful.exec(fullUrl) ?? [];
  if (type !== undefined && isResourceType(type) && own === id) return;
  run.report('bundle-entry-canonical', { url: shown(fullUrl) });
}

const ofPages = new Set(['first', 'previous', 'next', 'last']);

/** Pages are for what is found; the others have one link to themselves at most. https://hl7.org/fhir/R5/bundle.html#links */
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

/** How a document is shown is in it, or at an address that stays. https://hl7.org/fhir/R5/documents.html#stylesheets */
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

/** The entries of a search, each found in a mode. https://hl7.org/fhir/R5/bundle.html#searchset */
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

/** Tells the mode of outcomes, in a Bundle of any type. */
export function checkModes({ entry: entries }: Json, run: Run): void {
  for (const [i, entry] of listOf(entries).entries()) {
    const search = isObject(entry) ? entry['search'] : undefined;
    if (!isObject(search) || search['mode'] !== 'outcome') continue;
    run.enter('entry', i);
    reportOutcome(run);
    run.leave();
  }
}

/** R5 has a bundle entry for outcomes that is no search result. https://hl7.org/fhir/R5/codesystem-search-entry-mode.html */
function reportOutcome(run: Run): void {
  run.enter('search', -1);
  run.enter('mode', -1);
  run.report('code-inactive', {
    ...{ code: 'outcome', system: 'http://hl7.org/fhir/search-entry-mode', status: 'deprecated' },
  });
  run.leave();
  run.leave();
}

/** Whether a resource is of another type than was sought, so that a mode has to say why it is there. */
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
  // Of another mode, which there is none, an outcome is the least that is expected.
  if (typeof mode === 'string' && mode !== 'match' && mode !== 'include' && !isOutcome)
    run.report('bundle-search-type', { type, expected: 'OperationOutcome' });
  run.leave();
}

/** Whether it cannot be told without modes what was sought and what came along. */
function isMixed(entries: readonly Json[], types: readonly string[]): boolean {
  const found = entries.flatMap(({ resource }) => (isObject(resource) ? [String(resource['resourceType'])] : []));
  if (types.length === 0) return found.length > 0;
  return found.some((type) => !types.includes(type)) || new Set(found).size > 1;
}

/** The types that the URL of a search names; none if it names none. */
function typesSought(url: unknown): readonly string[] {
  if (typeof url !== 'string') return [];
  const [path = '', query = ''] = url.split('?');
  const type = path.split('/').at(-1)!;
  if (isResourceType(type)) return [type];
  const listed = query.split('&').find((one) => one.startsWith('_type='));
  return listed === undefined ? [] : listed.slice('_type='.length).split(',');
}
