import { isResourceType } from '@dhp/fhir-model';
import { isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Bundles whose entries answer requests: their addresses are not checked. */
const ofResponses = /^(?:transaction|batch)-response$/;
/** Bundles whose entries are requests. */
const ofRequests = /^(?:transaction|batch)$/;

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const history = '/_history/';
const restful = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The depth of the entries of the outermost Bundle. */
const depthOfEntries = 2;

/** A parsed reference: its address in the Bundle, its version, and its stated type. */
interface Sought {
  readonly url: string;
  readonly version: string | undefined;
  readonly type: string | undefined;
}

/**
 * Checks that a reference in a Bundle leads to exactly one entry, of the stated type and version. A relative reference is resolved against
 * the address of its own entry. https://hl7.org/fhir/R5/bundle.html#references
 */
export function checkInBundle(reference: string, bundle: Json, run: Run): void {
  const { rootResource, targets } = run;
  // References of a Bundle within an entry are not checked: they are resolved against the addresses of its own entries.
  if (reference.startsWith('#') || !targets.holds(bundle, rootResource)) return;
  const type = String(bundle['type']);
  const fullUrl = targets.fullUrl(bundle, rootResource);
  const isRelative = !scheme.test(reference);
  if (fullUrl === undefined) {
    if (!ofResponses.test(type)) reportWithout(reference, isRelative, run);
    if (isRelative) return;
  } else if (isRelative && !ofRequests.test(type) && !isRestful(fullUrl)) return;
  if (isRelative && !isOfForm(reference, ofRequests.test(type))) {
    run.report('reference-format', { reference: shown(reference) });
    return;
  }
  const sought = isRelative ? soughtFrom(fullUrl!, reference) : absolute(reference);
  if (sought === undefined) return;
  const atUrl = targets.entries(bundle, sought.url);
  // Each of n references may lead to each of n entries.
  run.spend(atUrl.length);
  const found = atUrl.filter((one) => isOfVersion(one, sought.version, reference, run));
  for (let i = 1; i < found.length; i += 1) run.report('bundle-reference-twice', { reference: shown(reference) });
  const last = found.at(-1);
  if (last === undefined) reportMissing(reference, isRelative, sought, bundle, run);
  else if (sought.type !== undefined && last['resourceType'] !== sought.type)
    run.report('bundle-reference-type', { reference: shown(reference), found: shown(last['resourceType']) });
}

/** `Type/id`, with a version perhaps; among requests also a search. https://hl7.org/fhir/R5/http.html#trules */
function isOfForm(reference: string, isRequest: boolean): boolean {
  const steps = reference.split('/').length;
  if (steps === 2 || steps === 4) return true;
  const [type = ''] = reference.split('?');
  return isRequest && reference.includes('?') && isResourceType(type) && isSearch(reference);
}

/** Whether the query of a conditional reference consists of parameters, each with a name and a value. */
export function isSearch(reference: string): boolean {
  const query = reference.slice(reference.indexOf('?') + 1);
  const parts = query.split('&').filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => /^[_A-Za-z][\w.:-]*=[^=]*$/.test(part));
}

/** Without an address of the entry a relative reference cannot be resolved. */
function reportWithout(reference: string, isRelative: boolean, run: Run): void {
  const { beyondSpecification: severity } = run.rules;
  if (run.targets.isNews(run.rootResource))
    run.reportAt(depthOfEntries, 'bundle-entry-without-url', { reference: shown(reference) }, severity);
  if (isRelative) run.report('bundle-reference-base', { reference: shown(reference) }, severity);
}

function isRestful(fullUrl: string): boolean {
  const type = restful.exec(fullUrl)?.[1];
  return type !== undefined && isResourceType(type);
}

/** Versions on other servers are not checked: they may be stored there. */
const absolute = (reference: string): Sought | undefined =>
  reference.includes(history) ? undefined : { url: reference, version: undefined, type: undefined };

/** The address of a relative reference; undefined for any other form, which another check reports. */
function soughtFrom(fullUrl: string, reference: string): Sought | undefined {
  const [plain = '', version] = reference.split(history);
  const [type, id, ...more] = plain.split('/');
  if (type === undefined || id === undefined || more.length > 0) return undefined;
  if (fullUrl.startsWith('urn')) {
    const base = fullUrl.slice(0, fullUrl.lastIndexOf(':') + 1);
    return { url: version === undefined ? base + id : base + plain, version, type };
  }
  const base = fullUrl.split('/').slice(0, -2).join('/');
  return { url: `${base}/${plain}`, version, type: version === undefined ? undefined : type };
}

/** Whether a resource has the version of a reference; a resource without a version is reported. */
function isOfVersion({ meta }: Json, version: string | undefined, reference: string, run: Run): boolean {
  if (version === undefined) return true;
  const own = isObject(meta) ? meta['versionId'] : undefined;
  if (!isObject(meta)) run.report('bundle-entry-without-version', { reference: shown(reference) });
  return own === version;
}

function reportMissing(reference: string, isRelative: boolean, { url }: Sought, bundle: Json, run: Run): void {
  if (reference.startsWith('urn')) run.report('bundle-reference-not-local', { reference: shown(reference) });
  if (!isRelative) return;
  const [plain = ''] = reference.split(history);
  const matches = run.targets.urlsOf(bundle, plain);
  run.spend(matches.length);
  if (matches.length > 1) run.report('bundle-possible-matches', { reference: shown(reference), url: shown(url) });
  for (const fullUrl of matches)
    run.report('bundle-entry-possible-match', {
      reference: shown(reference),
      ...(fullUrl !== undefined && { fullUrl: shown(fullUrl) }),
    });
}
