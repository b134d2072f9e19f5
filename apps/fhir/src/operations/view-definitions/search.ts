/** The search for ViewDefinitions, by the parameters of the guide. https://build.fhir.org/ig/HL7/sql-on-fhir/en/StructureDefinition-ViewDefinition.html */
import type { Services, Interaction } from '../../contract/interaction.ts';
import { headerOf } from '../../contract/interaction.ts';
import type { Query } from '../../contract/query.ts';
import { fail } from '../../http/errors.ts';
import { joined } from '../../http/join.ts';
import { requireKnownParameters } from '../../http/negotiate.ts';
import { json } from '../../http/respond.ts';
import { resourceUrl } from '../../http/urls.ts';
import { single, wholeNumber } from '../../interactions/history-query.ts';
import { viewType } from './rights.ts';

type Criteria = Parameters<Services['unguarded']['viewDefinitions']['search']>[0];

/** Parameters by which ViewDefinitions are found; of each the commas part values of which one must be met. */
export const viewCriteria = ['_id', 'url', 'version', 'name', 'title', 'status', 'resource'] as const;
const usual = 100;
const most = 500;
/** Values of one parameter. */
const mostValues = 100;

/** A page of those that match the query, by their ids. Fails with `parameter-unknown` and `parameter-invalid`. */
export const searchViews: Interaction = async (services, call) => {
  const { query, budget } = call;
  requireKnownParameters(query, [...viewCriteria, '_count', '_cursor'], 'search-type', headerOf(call, 'prefer'));
  for (const name of ['_summary', '_elements'])
    if (query[name] !== undefined) invalid(name, `${name} is not supported for ViewDefinitions. Leave it out.`);
  const count = Math.min(wholeNumber(query, '_count') ?? usual, most);
  const after = single(query, '_cursor') ?? '';
  const asked = criteriaOf(query);
  const { versions, total } = await services.unguarded.viewDefinitions.search(asked, { count: count + 1, after });
  budget.take(versions.length, 'the search');
  const page = versions.slice(0, count);
  const last = page.at(-1)?.id;
  const self = new URLSearchParams(
    viewCriteria.flatMap((name) => [query[name] ?? []].flat().map((value) => [name, value])),
  );
  self.set('_count', String(count));
  const at = (cursor: string): string => {
    const own = new URLSearchParams(self);
    if (cursor !== '') own.set('_cursor', cursor);
    return `${services.baseUrl}/${viewType}?${own.toString()}`;
  };
  const link = [
    { relation: 'self', url: at(after) },
    ...(versions.length > count && last !== undefined ? [{ relation: 'next', url: at(last) }] : []),
  ];
  const parts: (Buffer | string)[] = [
    `{"resourceType":"Bundle","type":"searchset","total":${String(total)},"link":${JSON.stringify(link)}`,
  ];
  for (const [n, version] of page.entries()) {
    const fullUrl = JSON.stringify(resourceUrl(services.baseUrl, version));
    parts.push(`${n === 0 ? ',"entry":[' : ','}{"fullUrl":${fullUrl},"resource":`, version.content);
    parts.push(',"search":{"mode":"match"}}');
  }
  parts.push(page.length === 0 ? '}' : ']}');
  return json(await joined(parts, budget, 'the page'), { 'cache-control': 'private, no-cache' });
};

/** A repeated parameter would have to match twice, which none of these elements can: each has one value. */
function criteriaOf(query: Query): Criteria {
  const given = viewCriteria.flatMap((name): [string, string[]][] => {
    const text = single(query, name);
    if (text === undefined) return [];
    const values = text.split(/(?<!\\),/).map((value) => value.replaceAll(/\\(.)/g, '$1'));
    if (values.length > mostValues) invalid(name, `${name} has ${mostValues} values at most, not ${values.length}.`);
    if (values.some((value) => value === '')) invalid(name, `${name} has an empty value.`);
    const isBeginning = name === 'name' || name === 'title';
    return [[name === '_id' ? 'id' : name, isBeginning ? values.map((value) => value.toLowerCase()) : values]];
  });
  return Object.fromEntries(given);
}

function invalid(name: string, diagnostics: string): never {
  fail('parameter-invalid', { name }, { diagnostics, expression: `http.${name}` });
}
