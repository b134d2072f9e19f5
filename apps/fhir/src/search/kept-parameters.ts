/**
 * Links to pages of searches that are too long for an address, such as those with thousands of ids sent by POST: the database keeps the
 * parameters, and the links name them. https://hl7.org/fhir/R5/http.html#paging
 */
import type { Query } from '../contract/query.ts';
import { fail } from '../http/errors.ts';
import { readPairs } from '../http/query.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { queryString, type Parameter } from './parameters.ts';

/** Characters of an address with which a token and other headers have room in a request (16 KiB), and proxies take it. */
export const longestAddress = 7_000;

const name = '_kept';

/**
 * The parameters of a request, with the kept ones that it names; parameters given beside those replace them. Fails with `page-link-expired`
 * if they are no longer kept.
 */
export async function withKept({ keptSearches }: Services, query: Query): Promise<Query> {
  if (query[name] === undefined) return query;
  const { [name]: named = '', ...given } = query;
  const parameters = await keptSearches.keptSearch([named].flat().join());
  if (parameters === undefined) {
    const diagnostics =
      'The parameters that _kept names are not kept any more, or never were. Begin the search again, with its parameters.';
    return fail('page-link-expired', {}, { diagnostics, expression: `http.${name}` });
  }
  const kept: Record<string, string[]> = {};
  for (const [key, value] of readPairs(parameters, 'what is kept')) (kept[key] ??= []).push(value);
  return { ...kept, ...given };
}

/** A parameter that refers to these. The number kept for one caller is limited, and so is the time: as long as the links are valid. */
export async function keep(
  { keptSearches }: Services,
  { access }: Call,
  parameters: readonly Parameter[],
): Promise<Parameter> {
  const owner = JSON.stringify([access?.clientId, access?.subject]);
  return [name, await keptSearches.keepSearch(owner, queryString(parameters))];
}
