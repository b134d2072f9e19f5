/** Requests that touched the record of a person: fetched from the FHIR servers, and completed with the names that are known here. */
import type { Account } from '@dhp/accounts';
import type { AccessWatches, WatchState } from '@dhp/accounts/recipients';
import { selectNames, type AccessHistory, type Look, type Organizations } from '@dhp/accounts/records';
import type { Sql } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { Language } from '@dhp/negotiation';
import { pathOf } from '../pages/account-pages.ts';
import type { NamedLook, RecordLooks, Watched } from '../pages/access-page.ts';

export interface AccessOptions {
  readonly sql: Sql;
  readonly accessHistory: AccessHistory;
  readonly organizations: Organizations;
}

/** A page of one environment if both are named, otherwise the first page of all. */
export interface Asked {
  readonly environment: string | undefined;
  readonly cursor: string | undefined;
}

export function looksAt(
  { accountId, identities }: Account,
  { environment: only, cursor }: Asked,
  language: Language,
  o: AccessOptions,
): Promise<RecordLooks[]> {
  const records = identities.filter(
    ({ type, environment }) => type === 'Patient' && (only === undefined || environment === only),
  );
  return Promise.all(
    records.map(async ({ environment, fhir_id: patient }) => {
      const from = only === undefined ? undefined : cursor;
      const found = await o.accessHistory.of({ environment, patient, accountId, language, cursor: from });
      const next = found?.cursor;
      const query = new URLSearchParams({ environment, cursor: next ?? '' });
      return {
        environment,
        notices: found?.notices ?? [],
        looks: found && (await named(found.looks, { accountId, environment, language }, o)),
        older: next === undefined ? undefined : `${pathOf('access')}?${query.toString()}`,
      };
    }),
  );
}

/** Undefined if nobody can be notified; this includes test accounts, which anybody may use. @param notice of the last act */
export async function watchedBy(
  { accountId, email, isTest }: Account,
  watches: AccessWatches | undefined,
  notice: string | undefined,
): Promise<Watched | undefined> {
  if (watches === undefined || isTest === true) return undefined;
  const states: ReadonlyMap<string, WatchState> = await watches.of(accountId, email);
  return {
    email,
    stateOf: (environment) => states.get(environment) ?? (notice === `limited-${environment}` ? 'limited' : 'off'),
  };
}

async function named(
  looks: readonly Look[],
  { accountId, environment, language }: { accountId: string; environment: EnvironmentName; language: Language },
  { sql, organizations }: AccessOptions,
): Promise<NamedLook[]> {
  const { accounts, clients } = await selectNames(sql, {
    accounts: looks.flatMap(({ account }) => account ?? []),
    clients: looks.flatMap(({ client }) => client ?? []),
    environment,
  });
  const ids = [...new Set([...accounts.values()].flatMap((one) => one.organizations))];
  const places = await organizations.named(
    ids.map((organization) => ({ environment, organization })),
    language,
  );
  const nameOf = new Map(
    places.map(({ organization, name }) => [organization, name ?? `Organization/${organization}`]),
  );
  return looks.map(({ account, client, ...look }) => {
    const person = account === undefined ? undefined : accounts.get(account);
    const isOwn = account === accountId;
    return {
      ...look,
      isOwn,
      person: account === undefined ? undefined : (person?.name ?? ''),
      organizations: isOwn ? [] : (person?.organizations ?? []).map((id) => nameOf.get(id) ?? id),
      application: client === undefined ? undefined : clients.get(client),
    };
  });
}
