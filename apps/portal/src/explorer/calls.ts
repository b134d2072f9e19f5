/** A visitor's call to a server of the platform: its address, its token, and its result. */
import { bodyOf } from '../applications/answers.ts';
import type { ExplorerOptions } from '../options.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Answer } from '../session/sso.ts';
import { callServer } from './call.ts';
import type { Refused, Result } from './shown.ts';
import { pathBelow, targetOf } from './target.ts';
import type { Held } from './own-token.ts';
import { headersIn, ownToken, type Typed } from './typed.ts';

type Made = Extract<Result, { answered: unknown }>;

/** @throws Unasked if the SSO says that nobody is signed in, or does not answer */
export async function resultOf(
  servers: ExplorerOptions,
  context: RequestContext,
  typed: Typed,
  held: Held | undefined,
): Promise<Made | Refused> {
  const { server, method, path, body } = typed;
  const { internal, published } = servers[server];
  const url = targetOf(internal, published, path);
  const read = headersIn(typed.headers);
  if (url === undefined || (server === 'sso' && !isOpenAtSso(typed, pathBelow(internal, url))))
    return { refused: 'path' };
  if ('wrong' in read) return { refused: 'header', detail: read.wrong };
  const below = pathBelow(internal, url);
  const token = await tokenFor(context, typed, { path: below, held });
  if ('refused' in token) return token;
  const hasBody = method !== 'GET' && method !== 'DELETE' && body !== '';
  const headers = {
    ...{
      accept: server === 'fhir' ? 'application/fhir+json' : 'application/json',
      'accept-language': context.language,
    },
    ...(hasBody && { 'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' }),
    ...read.headers,
  };
  const sent = { method, url, body: hasBody ? body : undefined };
  const authorization = token.token !== undefined && { authorization: `Bearer ${token.token}` };
  const answered = await callServer({ ...sent, headers: { ...headers, ...authorization } });
  const shown = { method, url: `${published}${below}`, headers, body: sent.body, hasToken: token.token !== undefined };
  return answered === undefined ? { refused: 'away' } : { answered, sent: shown };
}

/** Public addresses of the SSO: calls to them neither change anything nor reveal a secret. */
function isOpenAtSso({ method }: Typed, path: string): boolean {
  return method === 'GET' && /^\/(?:\.well-known\/[\w-]+|oauth\/jwks|healthz|readyz)$/.test(path);
}

/** A token of the application for this call, which the SSO records as the visitor's; a call without one is counted there alone. */
async function tokenFor(
  context: RequestContext,
  { application, method, server }: Typed,
  { path, held }: { readonly path: string; readonly held: Held | undefined },
): Promise<{ token: string | undefined } | Refused> {
  if (server === 'sso' || application === '' || application === ownToken) {
    const isOwn = server === 'fhir' && application === ownToken;
    if (isOwn && held === undefined) return { refused: 'own-token', detail: 'ended' };
    const counted = await context.ask('/explorer-call', {});
    return refusalIn(counted) ?? { token: isOwn ? held?.token : undefined };
  }
  const asked = `/applications/${encodeURIComponent(application)}/explorer-token`;
  const answer = await context.ask<{ access_token: string }>(asked, { method, path });
  return refusalIn(answer) ?? { token: bodyOf(answer).access_token };
}

/** @throws Unasked for an answer that is neither a refusal nor the requested data */
function refusalIn(answer: Answer<unknown>): Refused | undefined {
  if (answer.kind === 'refused') return { refused: 'token', detail: answer.message, reason: answer.reason };
  bodyOf(answer);
  return undefined;
}
