/** A search that a client writes as an address: in `If-None-Exist`, `ifNoneExist`, or in the place of a reference. */
import { isResourceType } from '@dhp/fhir-model';

export interface SearchAddress {
  /** The address without its query and without the base of this server: `Patient`; '' where there is only a query. */
  readonly path: string;
  readonly query: string;
  /** Whether the base URL was written out. */
  readonly isAbsolute: boolean;
}

/**
 * The parts of `http://host/fhir/Patient?identifier=…`, `Patient?identifier=…`, `?identifier=…` or `identifier=…`. An address
 * below another base keeps it, so that its path is no type.
 */
export function searchAddressOf(text: string, baseUrl: string): SearchAddress {
  const isAbsolute = text === baseUrl || text.startsWith(`${baseUrl}/`) || text.startsWith(`${baseUrl}?`);
  const local = (isAbsolute ? text.slice(baseUrl.length) : text).replace(/^\//, '');
  const mark = local.indexOf('?');
  const before = mark < 0 ? local : local.slice(0, mark);
  // A query without an address: a question mark behind the first = is a part of a value.
  if (!isAbsolute && (/[=&]/.test(before) || (mark < 0 && !isResourceType(before)))) {
    return { path: '', query: local, isAbsolute };
  }
  return { path: before, query: mark < 0 ? '' : local.slice(mark + 1), isAbsolute };
}

/** The search in the place of a reference (https://hl7.org/fhir/R5/http.html#trules); undefined for any other reference. */
export function conditionalReference(text: string, baseUrl: string): { type: string; query: string } | undefined {
  if (!text.includes('?')) return undefined;
  const { path, query } = searchAddressOf(text, baseUrl);
  return isResourceType(path) ? { type: path, query } : undefined;
}
