/** The view or query that a request is about: sent with it, or stored here. https://build.fhir.org/ig/HL7/sql-on-fhir/en/operations-common.html */
import { isId } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import { SearchFault } from '@dhp/fhir-search';
import { conditionOf } from '@dhp/search-index';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import type { Call, Services } from '../../contract/interaction.ts';
import { payForParsing } from '../../http/cost.ts';
import { fail, Failure } from '../../http/errors.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import { parseOptions } from '../../search/understood.ts';
import { invalid, isObject } from '../input.ts';
import { newestOf } from './newest.ts';
import { requireViews, viewType } from './rights.ts';

/** A ViewDefinition, or a Library with SQL. */
export type Artefact = Readonly<Record<string, unknown>>;

/** Names of the parameters, or of their parts, that give the subject. */
export interface SubjectNames {
  readonly resource: string;
  readonly reference: string;
  readonly canonical?: string;
  /** Named in a refusal for lack of permission. */
  readonly interaction: string;
  /** Of the part in question. */
  readonly place?: string;
}

/**
 * The given subject, in one of the ways. Fails with `parameter-invalid` for none or several of them, and as `referredTo` and
 * `underCanonical` do.
 * @param given returns values of parameters by their names
 */
export async function subjectOf(
  services: Services,
  call: Call,
  given: (name: string) => unknown,
  names: SubjectNames,
): Promise<Artefact> {
  const ways = [names.resource, names.reference, ...(names.canonical === undefined ? [] : [names.canonical])];
  const named = ways.filter((name) => given(name) !== undefined);
  if (call.id !== '' && named.length > 0)
    invalid(named[0]!, `The address names ViewDefinition/${call.id}. Leave ${named.join(' and ')} out.`, names.place);
  if (call.id !== '') return referredTo(services, call, `${viewType}/${call.id}`, names);
  if (named.length !== 1)
    invalid(ways[0]!, `${names.interaction} needs one of ${ways.join(', ')}, and no more.`, names.place);
  const value = given(named[0]!);
  if (named[0] === names.resource) return value as Artefact;
  if (named[0] === names.reference)
    return referredTo(services, call, isObject(value) ? value['reference'] : value, names);
  return underCanonical(services, call, String(value), names.interaction);
}

const reference = /^(ViewDefinition|Library)\/([^/]+)(?:\/_history\/([1-9]\d{0,8}))?$/;

/** Follows a reference. Fails with `parameter-invalid` for another server, `resource-not-found`, `resource-deleted`, `scope-insufficient`, `policy-refuses`. */
async function referredTo(
  services: Services,
  call: Call,
  given: unknown,
  { reference: name, interaction, place }: SubjectNames,
): Promise<Artefact> {
  const text = typeof given === 'string' ? given : '';
  const own = `${services.baseUrl}/`;
  const [, type, id = '', versionId] = reference.exec(text.startsWith(own) ? text.slice(own.length) : text) ?? [];
  if (type === undefined || !isId(id)) {
    const shown = JSON.stringify(given ?? null).slice(0, 200);
    invalid(name, `${name} is a reference to what this server stores, such as ${viewType}/1, not ${shown}.`, place);
  }
  const version = versionId === undefined ? undefined : Number(versionId);
  if (type === viewType) requireViews(services, call, 'r', interaction);
  const reading = services.reading('r').store;
  const found =
    type === viewType
      ? await services.unguarded.viewDefinitions.read(id, version)
      : await (version === undefined ? reading.read(type, id) : reading.vread(type, id, version));
  if (found === undefined) notFound(text);
  if (found.deleted) fail('resource-deleted', { type, id }, { diagnostics: `${text} is deleted.`, expression: name });
  return resourceIn(found, call);
}

/**
 * Follows a canonical: to a view of the platform, a stored ViewDefinition, or a Library that the caller may find. If no version is named,
 * the newest active one is used, otherwise the newest. Fails with `resource-not-found`, `parameter-invalid` if two kinds have the
 * canonical, two have one version, or there are too many, `scope-insufficient` and `policy-refuses`.
 */
export async function underCanonical(
  services: Services,
  call: Call,
  canonical: string,
  interaction: string,
): Promise<Artefact> {
  const bar = canonical.indexOf('|');
  const url = bar < 0 ? canonical : canonical.slice(0, bar);
  const version = bar < 0 ? undefined : canonical.slice(bar + 1);
  const national = nationalViews.find(({ definition }) => definition.url === url);
  if (national !== undefined) return version === undefined ? { ...national.definition } : notFound(canonical);
  const refused = refusalOf(() => requireViews(services, call, 'r', interaction));
  const views = refused === undefined ? await viewsUnder(services, call, url, version) : [];
  const libraries = await librariesUnder(services, call, url, version);
  if (views.length > 0 && libraries.length > 0)
    invalid(
      'canonical',
      `A ViewDefinition and a Library have the canonical ${canonical.slice(0, 300)}. Name one by its reference.`,
    );
  const all = views.length > 0 ? views : libraries;
  const found = newestOf(all);
  if (
    all.some((each) => each !== found && each['version'] === found?.['version'] && each['status'] === found?.['status'])
  )
    invalid(
      'canonical',
      `Two have the canonical ${canonical.slice(0, 300)} and the same version. Name one by its reference.`,
    );
  if (found !== undefined) return found;
  throw refused ?? failureOf(() => notFound(canonical));
}

function notFound(named: string): never {
  const diagnostics = `${named.slice(0, 300)} is not stored here, or not for this token.`;
  fail('resource-not-found', { type: viewType, id: named.slice(0, 300) }, { diagnostics });
}

function refusalOf(run: () => void): Failure | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
}

const failureOf = (run: () => never): Failure => refusalOf(run)!;

/** The most versions under one url that are examined. */
const mostVersions = 200;

function tooMany(url: string): never {
  return invalid(
    'canonical',
    `More than ${mostVersions} have the url ${url.slice(0, 300)}. Name one by its reference.`,
  );
}

async function viewsUnder(
  services: Services,
  call: Call,
  url: string,
  version: string | undefined,
): Promise<Artefact[]> {
  const criteria = { url: [url], ...(version !== undefined && { version: [version] }) };
  const page = { count: mostVersions, after: '' };
  const { versions, total } = await services.unguarded.viewDefinitions.search(criteria, page);
  call.budget.take(versions.length, 'the views under a canonical');
  if (total > mostVersions) tooMany(url);
  return versions.map((each) => resourceIn(each, call));
}

/** As the caller finds them by a search. */
async function librariesUnder(
  services: Services,
  call: Call,
  url: string,
  version: string | undefined,
): Promise<Artefact[]> {
  const permitted = searchAccess(services);
  if (permitted('Library') === false) return [];
  const { store } = services.reading('s');
  const scope = { path: '/Library', interaction: 'search-type', of: 'Library' };
  const where = whereUrl(services, call, url);
  if (where === undefined) return [];
  const found = await fromStore(() => store.find('Library', where, mostVersions + 1, permitted), scope);
  call.budget.take(found.length, 'the libraries under a canonical');
  if (found.length > mostVersions) tooMany(url);
  const read = await Promise.all(found.map(({ id }) => store.read('Library', id)));
  return read
    .flatMap((each) => (each === undefined || each.deleted ? [] : [resourceIn(each, call)]))
    .filter((each) => each['url'] === url && (version === undefined || each['version'] === version));
}

/** Undefined if the caller may not ask for it. */
function whereUrl(services: Services, call: Call, url: string): ReturnType<typeof conditionOf> | undefined {
  try {
    return conditionOf('Library', [['url', url.replaceAll(/[\\,|$]/g, String.raw`\$&`)]], parseOptions(services, call));
  } catch (error) {
    if (error instanceof SearchFault) return undefined;
    throw error;
  }
}

function resourceIn({ content }: StoredVersion, { budget }: Call): Artefact {
  payForParsing(budget, content);
  return JSON.parse(content.toString('utf8')) as Artefact;
}
