/** Finds the links of a transaction that mean one of its entries, and replaces them. https://hl7.org/fhir/R5/bundle.html#references */
import { isResourceType } from '@dhp/fhir-model';

/** Type and id that the resource of an entry will have. */
export interface Destination {
  readonly type: string;
  readonly id: string;
  /** Made by this transaction: its version is 1. */
  readonly isNew: boolean;
}

export interface Links {
  /**
   * Returns the replacement of a literal reference: `Type/id`, with its version or fragment; undefined when it stays unchanged.
   * @param root the URL before `Type/id` in the fullUrl of the entry that holds it, if that is such a URL
   */
  reference(value: string, root: string | undefined): string | undefined;
  /** Returns the absolute URL that replaces another link (uri, url, oid, uuid, narrative). */
  uri(value: string, root: string | undefined): string | undefined;
  /**
   * The offsets in the text of a resource at which a link may stand that means an entry, or one that must be looked for or refused;
   * none only when it surely holds none, and undefined when each of its links is to be looked at. Looking through its text at once
   * takes an eighth of the time that looking at each of its links does.
   */
  marksIn(text: string): readonly number[] | undefined;
}

/** `destinations`: the resources that the transaction writes, by the fullUrl of their entry. */
export function createLinks(destinations: Iterable<readonly [string, Destination]>, baseUrl: string): Links {
  const known = new Map<string, Destination>();
  let areLocal = true;
  for (const [fullUrl, destination] of destinations) {
    known.set(canonical(fullUrl), destination);
    areLocal &&= isBundleLocal(fullUrl);
    if (isRelative(fullUrl)) known.set(`${baseUrl}/${fullUrl}`, destination);
  }

  function find(value: string, root: string | undefined): { destination: Destination; rest: string } | undefined {
    const hash = value.indexOf('#');
    const fragment = hash < 0 ? '' : value.slice(hash);
    const url = hash < 0 ? value : value.slice(0, hash);
    if (url === '') return undefined;
    const exact = at(url, root);
    if (exact !== undefined) return { destination: exact, rest: fragment };
    if (!url.includes('/_history/')) return undefined;
    const [, unversioned, version] = /^(.+)\/_history\/([^/]+)$/.exec(url) ?? [];
    const versioned = unversioned === undefined ? undefined : at(unversioned, root);
    if (versioned === undefined) return undefined;
    // A resource that is made here has one version only; of another the client names one that exists.
    return { destination: versioned, rest: `/_history/${versioned.isNew ? '1' : (version ?? '')}${fragment}` };
  }

  function at(url: string, root: string | undefined): Destination | undefined {
    return (
      known.get(canonical(url)) ?? (root !== undefined && isRelative(url) ? known.get(`${root}/${url}`) : undefined)
    );
  }

  return {
    reference(value, root) {
      const found = find(value, root);
      return found === undefined ? undefined : `${found.destination.type}/${found.destination.id}${found.rest}`;
    },
    uri(value, root) {
      const found = find(value, root);
      return found === undefined
        ? undefined
        : `${baseUrl}/${found.destination.type}/${found.destination.id}${found.rest}`;
    },
    marksIn: (text) => (areLocal ? namesOrSearchesIn(text) : undefined),
  };
}

/** The base of an entry's relative references: the part of its fullUrl before `Type/id`. */
export function rootOf(fullUrl: string | undefined, baseUrl: string): string | undefined {
  if (fullUrl === undefined) return undefined;
  if (isRelative(fullUrl)) return baseUrl;
  const [, root, type = ''] = /^(https?:\/\/.+)\/([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl) ?? [];
  return isResourceType(type) ? root : undefined;
}

/** A name that only an entry of the same Bundle can explain. */
export function isBundleLocal(url: string): boolean {
  if ((url.charCodeAt(0) | 0x20) !== 0x75) return false; // asked of each code system and profile: most begin with h
  return /^urn:(uuid|oid):/i.test(url);
}

/** Offsets in a JSON text at which a name of the Bundle or a conditional reference may stand, ascending; an escape may hide one. */
export function namesOrSearchesIn(text: string): number[] {
  const marks: number[] = [];
  nameOrSearch.lastIndex = 0;
  while (nameOrSearch.test(text)) marks.push(nameOrSearch.lastIndex - 1);
  return marks;
}

const nameOrSearch = /urn:(?:uuid|oid):|\?|\\u/gi;

function isRelative(url: string): boolean {
  if (url.includes(':')) return false;
  const type = /^([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/.exec(url)?.[1];
  return type !== undefined && isResourceType(type);
}

/** URLs that are the same have the same form: UUIDs may come in capitals (RFC 9562 section 4). */
export function canonical(url: string): string {
  return isBundleLocal(url) ? url.toLowerCase() : url;
}
