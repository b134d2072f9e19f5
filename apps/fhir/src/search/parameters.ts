/** The parameters of a request, separated: search criteria, presentation of the answer, page. */
import type { GivenParameter } from '@dhp/fhir-search';
import type { Query } from '../contract/query.ts';

export type Parameter = GivenParameter;

export interface SearchParameters {
  /** For the parser, in the order in which their names first occurred. */
  readonly searched: readonly GivenParameter[];
  /** The format and the layout of the answer: they stay in all links, and no search depends on them. */
  readonly presented: readonly GivenParameter[];
  /** The positions from page links: at most one, unless somebody has tampered with them. */
  readonly cursors: readonly string[];
}

const presented = ['_format', '_pretty'];

export function readParameters(query: Query): SearchParameters {
  const told = { searched: [] as GivenParameter[], presented: [] as GivenParameter[], cursors: [] as string[] };
  for (const [name, value = []] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) {
      if (name === '_cursor') told.cursors.push(one);
      else told[presented.includes(name) ? 'presented' : 'searched'].push([name, one]);
    }
  }
  return told;
}

/** As a query string; of what a URL may hold as it is, what people read stays readable. */
export function queryString(parameters: readonly GivenParameter[]): string {
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function encode(text: string): string {
  if (plain.test(text)) return text;
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%2F', '/')
    .replaceAll('%24', '$');
}

/** Nothing in it is escaped. */
const plain = /^[\w.~-]*$/;
