/** Applications as the API shows them. */
import type { Client } from '@dhp/clients';
import type { ListedApplication, selectApplication } from '../store/applications.ts';

type Found = NonNullable<Awaited<ReturnType<typeof selectApplication>>>;

/** State of an application: `awaits-approval` only in production. */
type State = 'works' | 'awaits-approval' | 'revoked';

export function shownInList({ client_id, name, kind, environment, disabled_at }: ListedApplication): object {
  return { client_id, client_name: name, kind, environment, state: disabled_at === null ? 'works' : 'revoked' };
}

export function shownApplication(
  { organization_id: id, organization, role, kind, task, made_at: madeAt }: Found,
  client: Client,
): Record<string, unknown> {
  return {
    client_id: client.clientId,
    client_name: client.name,
    ...{ kind, task, role, organization: { id, name: organization } },
    environment: client.environment,
    state: stateOf(client),
    scope: client.scopes.join(' '),
    redirect_uris: client.redirectUris,
    public: client.public,
    has_keys: client.hasKeys,
    live_secrets: client.liveSecrets,
    created_at: madeAt.toISOString(),
    revoked_at: client.disabled?.toISOString() ?? null,
  };
}

function stateOf({ disabled, approved, environment }: Client): State {
  if (disabled !== undefined) return 'revoked';
  return environment === 'production' && approved === undefined ? 'awaits-approval' : 'works';
}
