/** `_list` of a history: the versions that a List refers to. https://hl7.org/fhir/R5/http.html#history */
import { isId } from '@dhp/fhir-model';
import { type JsonResource, SearchFault } from '@dhp/fhir-search';
import { type Condition, conditionOf } from '@dhp/search-index';
import type { HistoryTimes } from '@dhp/fhir-store';
import { all, membersOf } from '../search/lookups.ts';
import { payForParsing } from '../http/cost.ts';
import { sentence } from '../http/search-problems.ts';
import { parseOptions } from '../search/understood.ts';
import { searchAccess } from '../search/search-access.ts';
import { invalid, single } from './history-query.ts';
import type { Call, Services } from '../contract/interaction.ts';

/**
 * Returns the restriction of a history by `_list`. Of a List: the versions that its entries name, or all versions where they name none. Of
 * a list of current resources (`$current-problems`): all versions of the resources that are in it now. Of a List that does not exist or
 * that the caller does not see: nothing, as in searches. Fails with `parameter-invalid` for a value that is not an id.
 * @param types those whose history it is
 */
export async function readList(
  services: Services,
  call: Call,
  types: readonly string[],
): Promise<Pick<HistoryTimes, 'only'>> {
  const value = single(call.query, '_list');
  if (value === undefined || value === '') return {};
  if (value.startsWith('$')) return { only: await current(services, call, types, value) };
  const id = value.replace(/^List\//, '');
  if (!isId(id))
    invalid('_list', `_list is the id of a List or such as $current-problems, not ${JSON.stringify(value)}.`);
  const list = await services.reading('r').store.read('List', id);
  if (list === undefined || list.deleted) return { only: [] };
  payForParsing(call.budget, list.content);
  const resource = JSON.parse(list.content.toString()) as JsonResource;
  return { only: membersOf(resource, { ownBases: [services.baseUrl] }) };
}

async function current(
  services: Services,
  call: Call,
  types: readonly string[],
  value: string,
): Promise<NonNullable<HistoryTimes['only']>> {
  const { access } = call;
  if (access === undefined) throw new Error('a history came without access');
  const permitted = searchAccess(services);
  const found = types.map(async (type) => {
    const where = conditionOfList(services, call, type, value);
    if (where.op === 'any' && where.of.length === 0) return [];
    return all(services.store, { access: permitted, budget: call.budget }, type, where);
  });
  return (await Promise.all(found)).flat().map(({ type, id }) => ({ type, id }));
}

function conditionOfList(services: Services, call: Call, type: string, value: string): Condition {
  try {
    return conditionOf(type, [['_list', value]], { ...parseOptions(services, call), lenient: false });
  } catch (error) {
    if (!(error instanceof SearchFault)) throw error;
    return invalid('_list', error.problems.map(sentence).join(' '));
  }
}
