/** Calls that developers try at the portal: so many in a minute for each person, with a token for one call, which is in the audit trail as theirs. */
import { insertAuditEvents } from '@dhp/audit';
import { clientTokenSeconds, signClientToken } from '@dhp/protocol/developers';
import { formatScope, intersection, parseScope } from '@dhp/smart-scopes';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { DeveloperError } from '../rules/developer-error.ts';
import { applicationFor } from './application-for.ts';
import type { Act, Context } from './act.ts';

export const explorerActs: readonly Act[] = [
  { method: 'POST', path: '/applications/{client_id}/explorer-token', run: explorerToken },
  { method: 'POST', path: '/applications/{client_id}/subscription-token', run: subscriptionToken },
  { method: 'POST', path: '/explorer-call', status: 204, run: countCall },
  { method: 'POST', path: '/value-set-token', run: valueSetToken },
];

/** Only codes of value sets. */
const valueSetScope = 'system/ValueSet.r';

/**
 * Issues a token to persons who may replace the secret of the application. Only in the playground, and only for applications acting for
 * themselves: the others act for people, who must consent.
 */
async function explorerToken(context: Context, input: Input): Promise<unknown> {
  const issued = context.clock();
  const { client } = await applicationFor(context, input, 'credentials');
  const { clientId, environment, grants, scopes } = client;
  const audience = context.environments[environment];
  if (environment !== 'playground' || audience === undefined || !grants.includes('client_credentials'))
    throw new DeveloperError(
      'not-explorable',
      'Only applications of the playground that act for themselves can be tried here',
    );
  const call = callIn(input);
  takeCall(context);
  const scope = [...scopes.filter((one) => one.startsWith('system/')), ...explanationScopes(input)].join(' ');
  return issue(context, { clientId, scope, audience, issued }, `explorer: ${call}`);
}

/**
 * Of the permissions of an application in production, a page about its subscriptions needs only these: no patient data reaches the portal.
 */
const subscriptionScopes = ['system/Subscription.ru', 'system/SubscriptionTopic.rs'].map((text) => parseScope(text)!);

/**
 * A token for a page about the subscriptions that the application has requested for itself, in its own environment. It permits nothing
 * beyond the application's own rights: a person who may replace the secret may have it.
 */
async function subscriptionToken(context: Context, input: Input): Promise<unknown> {
  const issued = context.clock();
  const { client } = await applicationFor(context, input, 'credentials');
  const { clientId, environment, grants, scopes, approved } = client;
  const audience = context.environments[environment];
  const isWaiting = environment === 'production' && approved === undefined;
  if (isWaiting || audience === undefined || !grants.includes('client_credentials'))
    throw new DeveloperError(
      'not-explorable',
      'Only applications that work and act for themselves have subscriptions here',
    );
  const call = callIn(input);
  takeCall(context);
  const own = scopes.filter((one) => one.startsWith('system/'));
  const scope = environment === 'production' ? narrowed(own) : own.join(' ');
  return issue(context, { clientId, scope, audience, issued }, `subscriptions: ${call}`);
}

function narrowed(scopes: readonly string[]): string {
  const both = scopes.flatMap((text) => {
    const scope = parseScope(text);
    return scope === undefined ? [] : subscriptionScopes.flatMap((wanted) => intersection(scope, wanted) ?? []);
  });
  return [...new Set(both.map(formatScope))].join(' ');
}

/** In the playground, a search whose path asks for an explanation gets one: applications do not have that scope. */
const explanationScopes = (input: Input): string[] =>
  /[?&]_explain=true(?:&|$)/.test(input.text('path') ?? '') ? ['dhp.explain'] : [];

/**
 * Counts a call that the portal makes for the person without requesting a token, so that nobody can send more requests through it than
 * others may.
 */
function countCall(context: Context): Promise<undefined> {
  takeCall(context);
  return Promise.resolve(undefined);
}

/** A token with which the portal asks the playground for the codes that a search can name, while the person types it. */
async function valueSetToken(context: Context): Promise<unknown> {
  const audience = context.environments.playground;
  if (audience === undefined) throw new DeveloperError('environment-away', 'There is no playground here');
  takeCall(context);
  const { clientId } = context;
  return issue(
    context,
    { clientId, scope: valueSetScope, audience, issued: context.clock() },
    'explorer: codes of a value set',
  );
}

/** @throws DeveloperError if the person has made too many calls in the last minute */
export function takeCall({ explorerQuota, person }: Context): void {
  if (!explorerQuota.take(person.accountId, performance.now()).isGranted)
    throw new DeveloperError('too-many-calls', 'These are too many calls: wait a minute');
}

async function issue(
  { sql, clock, person, actor, signing }: Context,
  asked: Parameters<typeof signClientToken>[1],
  reason: string,
): Promise<unknown> {
  const { clientId, scope } = asked;
  const { token, jti } = await signClientToken(signing, asked);
  // Recorded before the token is returned: no call is without its event.
  await insertAuditEvents(sql, [
    {
      ...{ recorded: clock(), event: 'token.issued', clientId, actor, accountId: person.accountId, jti, scope },
      reason,
    },
  ]);
  return { access_token: token, expires_in: clientTokenSeconds, scope };
}

/** Method and path as the trail has them, without a query. */
function callIn(input: Input): string {
  const method = input.oneOf('method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
  const path = input.needed('path');
  if (method === undefined) throw new InputError('invalid-value', 'method is missing');
  if (!/^[\x21-\x7e]{1,4000}$/.test(path)) throw new InputError('invalid-value', 'path is a path of a request');
  return `${method} ${path.split('?', 1)[0]!.slice(0, 200)}`;
}
