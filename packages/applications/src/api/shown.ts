/** Applications as the API shows them. */
import type { Client } from '@dhp/clients';
import { selectSecretEnds } from '@dhp/clients/rows';
import type { Context } from './act.ts';
import type { ListedApplication, selectApplication } from '../store/applications.ts';

type Found = NonNullable<Awaited<ReturnType<typeof selectApplication>>>;

/** State of an application: `awaits-approval` only in production. */
type State = 'works' | 'awaits-approval' | 'revoked';

export function shownInList({ client_id, name, kind, environment, disabled_at }: ListedApplication): object {
  return { client_id, client_name: name, kind, environment, state: disabled_at === null ? 'works' : 'revoked' };
}

export async function shownApplication(
  { sql, clock, credentials }: Context,
  { organization_id: id, organization, role, kind, task, made_at: madeAt }: Found,
  client: Client,
): Promise<Record<string, unknown>> {
  const all = await endsOf(sql, client);
  const soon = new Date(clock().getTime() + Math.max(0, ...credentials.reminderDays) * 86_400_000);
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
    live_secrets: await liveSecrets({ sql, clock }, client),
    ends: all.map(({ ends, ...of }) => ({
      ...of,
      ends_at: ends.toISOString(),
      state: ends <= clock() ? 'ended' : ends <= soon ? 'ends-soon' : 'good',
    })),
    created_at: madeAt.toISOString(),
    revoked_at: client.disabled?.toISOString() ?? null,
  };
}

/** Returns how many secrets are accepted now. */
export async function liveSecrets(
  { sql, clock }: Pick<Context, 'sql' | 'clock'>,
  { clientId, liveSecrets: made }: Client,
): Promise<number> {
  const ends = await selectSecretEnds(sql, clientId);
  return made - ends.filter(({ ends_at: end }) => end <= clock()).length;
}

interface End {
  readonly credential: 'secret' | 'older-secret' | 'key';
  readonly kid?: string | undefined;
  readonly ends: Date;
}

/** Credentials that end by themselves, in the order of their ends. */
async function endsOf(sql: Context['sql'], { clientId, jwks }: Client): Promise<End[]> {
  const secrets = (await selectSecretEnds(sql, clientId)).map(({ is_older: isOlder, ends_at: ends }): End => ({
    credential: isOlder ? 'older-secret' : 'secret',
    ends,
  }));
  const keys = ((jwks?.keys ?? []) as { kid?: string; exp?: number }[]).flatMap(({ kid, exp }): End[] =>
    exp === undefined ? [] : [{ credential: 'key', kid, ends: new Date(exp * 1000) }],
  );
  return [...secrets, ...keys].sort((a, b) => a.ends.getTime() - b.ends.getTime());
}

function stateOf({ disabled, approved, environment }: Client): State {
  if (disabled !== undefined) return 'revoked';
  return environment === 'production' && approved === undefined ? 'awaits-approval' : 'works';
}
