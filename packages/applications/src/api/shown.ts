/** Applications as the API shows them. */
import type { Client } from '@dhp/clients';
import { selectSecretEnds } from '@dhp/clients/rows';
import type { Context } from './act.ts';
import type { ListedApplication, selectApplication } from '../store/applications.ts';

type Found = NonNullable<Awaited<ReturnType<typeof selectApplication>>>;

/** State of an application: `awaits-approval` only in production. */
type State = 'works' | 'awaits-approval' | 'revoked';

export function shownInList(
  context: Pick<Context, 'clock' | 'credentials'>,
  { client_id, name, kind, environment, disabled_at, ...row }: ListedApplication,
): object {
  const state = disabled_at === null ? 'works' : 'revoked';
  return {
    client_id,
    client_name: name,
    kind,
    environment,
    state,
    ends: state === 'works' ? worstEnd(context, row) : null,
  };
}

/** The worst state: a credential that has expired, or else expires soon; an expired older secret is ignored. */
function worstEnd(
  context: Pick<Context, 'clock' | 'credentials'>,
  row: Pick<ListedApplication, 'secret_ends_at' | 'older_secret_ends_at' | 'jwks'>,
): 'ended' | 'ends-soon' | null {
  const current = [row.secret_ends_at, ...keyEnds(row.jwks).map(({ ends }) => ends)];
  const states = current.map((end) => end && stateOfEnd(context, end));
  const older = row.older_secret_ends_at && stateOfEnd(context, row.older_secret_ends_at);
  if (states.includes('ended')) return 'ended';
  return states.includes('ends-soon') || older === 'ends-soon' ? 'ends-soon' : null;
}

function stateOfEnd(
  { clock, credentials }: Pick<Context, 'clock' | 'credentials'>,
  end: Date,
): 'ended' | 'ends-soon' | 'good' {
  const soon = new Date(clock().getTime() + Math.max(0, ...credentials.reminderDays) * 86_400_000);
  return end <= clock() ? 'ended' : end <= soon ? 'ends-soon' : 'good';
}

export async function shownApplication(
  context: Context,
  { organization_id: id, organization, role, kind, task, made_at: madeAt }: Found,
  client: Client,
): Promise<Record<string, unknown>> {
  const { sql } = context;
  const all = await endsOf(sql, client);
  return {
    client_id: client.clientId,
    client_name: client.name,
    ...{ kind, task, role, organization: { id, name: organization } },
    environment: client.environment,
    state: stateOf(client),
    scope: client.scopes.join(' '),
    redirect_uris: client.redirectUris,
    initiate_login_uri: client.details.initiate_login_uri ?? null,
    public: client.public,
    has_keys: client.hasKeys,
    live_secrets: client.acceptedSecrets,
    ends: all.map(({ ends, ...of }) => ({
      ...of,
      ends_at: ends.toISOString(),
      state: stateOfEnd(context, ends),
    })),
    created_at: madeAt.toISOString(),
    revoked_at: client.disabled?.toISOString() ?? null,
  };
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
  return [...secrets, ...keyEnds(jwks)].sort((a, b) => a.ends.getTime() - b.ends.getTime());
}

function keyEnds(jwks: { readonly keys?: readonly object[] } | null | undefined): End[] {
  return ((jwks?.keys ?? []) as { kid?: string; exp?: number }[]).flatMap(({ kid, exp }): End[] =>
    exp === undefined ? [] : [{ credential: 'key', kid, ends: new Date(exp * 1000) }],
  );
}

function stateOf({ disabled, approved, environment }: Client): State {
  if (disabled !== undefined) return 'revoked';
  return environment === 'production' && approved === undefined ? 'awaits-approval' : 'works';
}
