/** Pages of the store for an operation whose answer covers all of it. */
import type { StoredVersion } from '@dhp/fhir-store';
import type { Condition, SearchQuery } from '@dhp/search-index';
import { stillSeen } from '../access/seen-versions.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { searchAccess } from '../search/search-access.ts';
import { fromStore } from '../http/store-failure.ts';

/** Resources that are read at a time. */
const part = 500;

/** All resources of a type that meet a condition and that the caller may search, page by page. @throws BudgetSpent */
export async function* pagesOf(
  services: Services,
  call: Call,
  { type, where }: { readonly type: string; readonly where: Condition },
  interaction: string,
): AsyncGenerator<readonly StoredVersion[]> {
  const { budget } = call;
  const query: SearchQuery = {
    branches: [{ type, where }],
    sort: [{ by: { kind: 'last-updated' }, descending: false }],
    includes: [],
  };
  const { store } = services.reading('s');
  const scope = { path: `/${interaction}`, interaction, of: type };
  const request = { query, access: searchAccess(services), count: part, includeLimit: 0, budget };
  for (let cursor: string | undefined; ;) {
    const from = cursor === undefined ? request : { ...request, cursor };
    const page = await fromStore(() => store.search(from), scope);
    budget.take(page.matches.length, scope.path);
    yield page.matches;
    cursor = page.next;
    if (cursor === undefined) return;
  }
}

/** The same one by one, as far as the caller sees each when it is looked at. */
export async function* eachOf(
  services: Services,
  call: Call,
  searched: { readonly type: string; readonly where: Condition },
  interaction: string,
): AsyncGenerator<StoredVersion> {
  for await (const page of pagesOf(services, call, searched, interaction)) {
    yield* stillSeen(services.reading('s'), page);
  }
}
