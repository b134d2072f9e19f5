/** The resources of the store that a view is about, as far as the caller may search them. */
import { isResourceType } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Condition } from '@dhp/search-index';
import type { Call, Services } from '../../contract/interaction.ts';
import { refusal, requireSearch } from '../../http/access.ts';
import { searchAccess } from '../../search/search-access.ts';
import { invalid } from '../input.ts';
import { pagesOf } from '../query-pages.ts';
import type { Run } from './input.ts';
import { patientCondition } from './patients.ts';

/** Fails with `scope-insufficient` for a type of which the caller may search nothing. @throws BudgetSpent */
export async function* storedPages(
  services: Services,
  call: Call,
  { view, since, filters }: Pick<Run, 'view' | 'since' | 'filters'>,
): AsyncGenerator<readonly StoredVersion[]> {
  const type = view.resource;
  const { access } = call;
  if (access === undefined) throw new Error('an operation came without access');
  if (!isResourceType(type)) invalid('viewResource', `${type} is no resource type of R5, so that none is stored here.`);
  requireSearch(access, type, '$viewdefinition-run');
  if (searchAccess(services)(type) === false) throw refusal(access, 's', type, '$viewdefinition-run');
  const of: Condition[] = since === undefined ? [] : [{ op: 'last-updated', interval: { low: { gt: since } } }];
  const ofPatients = await patientCondition(services, call, filters, type);
  if (ofPatients !== undefined) of.push(ofPatients);
  yield* pagesOf(services, call, { type, where: { op: 'all', of } }, '$viewdefinition-run');
}
