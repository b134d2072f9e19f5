/** The resources of the store that a view is about, as far as the caller may search them. */
import { isResourceType } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Condition, SearchQuery } from '@dhp/search-index';
import type { Call, Services } from '../../contract/interaction.ts';
import { refusal, requireSearch } from '../../http/access.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../search/store-failure.ts';
import { invalid } from '../input.ts';
import type { Run } from './input.ts';
import { patientCondition } from './patients.ts';

/** Resources that are read at a time. */
const part = 500;

/** Fails with `scope-insufficient` for a type of which the caller may search nothing. @throws BudgetSpent */
export async function* storedPages(
  services: Services,
  call: Call,
  { view, since, filters }: Pick<Run, 'view' | 'since' | 'filters'>,
): AsyncGenerator<readonly StoredVersion[]> {
  const type = view.resource;
  const { access, budget } = call;
  if (access === undefined) throw new Error('an operation came without access');
  if (!isResourceType(type)) invalid('viewResource', `${type} is no resource type of R5, so that none is stored here.`);
  requireSearch(access, type, '$viewdefinition-run');
  const permitted = searchAccess(services);
  if (permitted(type) === false) throw refusal(access, 's', type, '$viewdefinition-run');
  const of: Condition[] = since === undefined ? [] : [{ op: 'last-updated', interval: { low: { gt: since } } }];
  const ofPatients = await patientCondition(services, call, filters, type);
  if (ofPatients !== undefined) of.push(ofPatients);
  const query: SearchQuery = {
    branches: [{ type, where: { op: 'all', of } }],
    // By what nobody hides.
    sort: [{ by: { kind: 'last-updated' }, descending: false }],
    includes: [],
  };
  const { store } = services.reading('s');
  const scope = { path: '/$viewdefinition-run', interaction: '$viewdefinition-run', of: type };
  const request = { query, access: permitted, count: part, includeLimit: 0, budget };
  for (let cursor: string | undefined; ;) {
    const from = cursor === undefined ? request : { ...request, cursor };
    const page = await fromStore(() => store.search(from), scope);
    budget.take(page.matches.length, scope.path);
    yield page.matches;
    cursor = page.next;
    if (cursor === undefined) return;
  }
}
