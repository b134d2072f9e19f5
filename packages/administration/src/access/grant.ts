/** The claims that a token of a client would have now, for the client itself or for a person. */
import { openAccounts } from '@dhp/accounts';
import { policiesOf } from '@dhp/accounts/policies';
import { openClients } from '@dhp/clients';
import type { Sql } from '@dhp/postgres';
import { AdministrationError, type EnvironmentName } from '@dhp/sso-kit';
import { parseScope } from '@dhp/smart-scopes';

export interface AssumedGrant {
  readonly client: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  /** `Practitioner/7`. */
  readonly person?: string;
  /** The id of the Patient of the person. */
  readonly patient?: string;
  readonly organization?: string;
  readonly roles: readonly string[];
  /** Undefined for a person without a role. */
  readonly roleScopes?: readonly string[];
}

const types = ['Practitioner', 'RelatedPerson', 'Patient'] as const;

/** @throws AdministrationError if the client or the person does not exist */
export async function assumedGrant(
  sql: Sql,
  {
    environment,
    clientId,
    username,
  }: { readonly environment: EnvironmentName; readonly clientId: string; readonly username: string | undefined },
): Promise<AssumedGrant> {
  const client = await openClients(sql).find(clientId);
  if (client?.environment !== environment)
    throw new AdministrationError('invalid-value', `There is no client "${clientId}" in the ${environment}`);
  const scopes = (isOfPerson: boolean): string[] =>
    client.scopes.filter((scope) => (parseScope(scope)?.context !== 'system') === isOfPerson);
  if (username === undefined)
    return {
      ...{ client: clientId, subject: clientId, scopes: scopes(false), roles: [] },
      ...(client.organization !== undefined && { organization: `Organization/${client.organization}` }),
    };
  const account = await openAccounts(sql).find(username);
  if (account === undefined) throw new AdministrationError('invalid-value', `There is no account "${username}"`);
  const idOf = (type: string): string | undefined =>
    account.identities.find((one) => one.environment === environment && one.type === type)?.fhir_id;
  const type = types.find((one) => idOf(one) !== undefined);
  const [practitioner, patient] = [idOf('Practitioner'), idOf('Patient')];
  const held = await policiesOf(sql, { accountId: account.accountId, environment, practitioner });
  return {
    ...{ client: clientId, subject: account.accountId, scopes: scopes(true), roles: held?.roles ?? [] },
    ...(type !== undefined && { person: `${type}/${idOf(type)!}` }),
    ...(patient !== undefined && { patient }),
    ...(held !== undefined && { roleScopes: held.policies }),
  };
}
