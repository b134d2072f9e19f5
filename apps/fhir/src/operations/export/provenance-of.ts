/** Provenances by what they are about, as the index knows them. */
import { searchParameter } from '@dhp/fhir-search/parameters';
import { conditionOf } from '@dhp/search-index';
import { parseOptions } from '../../search/understood.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../search/store-failure.ts';
import type { Walk } from './walk.ts';

/** Targets that are looked up together. */
const together = 200;

/** Ids of Provenances, of now. None where the caller does not see what they are about. @param targets `Type/id` */
export async function foundAbout({ services, call }: Walk, targets: readonly string[]): Promise<string[]> {
  const options = parseOptions(services, call);
  if (options.own?.hidden !== undefined && searchParameter('Provenance', 'target', options.own)?.hidden !== undefined)
    return [];
  const { store } = services.reading('s');
  const scope = { path: '/$export', interaction: '$export', of: 'Provenance' };
  const found: string[] = [];
  for (let n = 0; n < targets.length; n += together) {
    const where = conditionOf('Provenance', [['target', targets.slice(n, n + together).join()]], options);
    const rows = await fromStore(() => store.find('Provenance', where, 2 ** 31 - 1, searchAccess(services)), scope);
    for (const { id } of rows) found.push(id);
  }
  return found;
}
