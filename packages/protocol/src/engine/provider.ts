/** oidc-provider as this server sets it up, and the places at which it is ours that decides. */
import { Provider, type EngineContext } from 'oidc-provider';
import { requestState } from '@dhp/sso-kit/request';
import { insertLogoutNotice } from '../store/logout-notices.ts';
import type { Registration } from '@dhp/clients/rows';
import { useOnce } from '@dhp/grants/artifacts';
import { createAdapter } from './adapter.ts';
import { installClients } from './clients.ts';
import { configurationOf } from './configuration.ts';
import { cookieSettings } from './cookies.ts';
import { beginSessionsWithForms } from './faults.ts';
import { completeForms } from './forms.ts';
import type { EngineOptions } from './options.ts';
import { enginePages } from './pages.ts';
import { enginePaths } from './paths.ts';
import { programAnswers } from './program-answers.ts';
import type { Redemptions } from './redemptions.ts';
import { rememberedUntil } from './proof.ts';
import { clientOf } from './refresh-token-holder.ts';
import { refusal } from './refusal.ts';
import { bindToSessions } from './session-binding.ts';
import type { SignInReads } from './sign-in-reads.ts';
import { installSteps } from './steps.ts';

/** Routes on which a request counts for its client. */
const countedRoutes: ReadonlySet<string> = new Set([
  'token',
  'pushed_authorization_request',
  'device_authorization',
  'authorization',
]);

type Options = EngineOptions & { redemptions: Redemptions; signIns: SignInReads };

export function createProvider(options: Options): Provider {
  const { issuer, redemptions, signIns } = options;
  // A request that is under way while the keys change finishes with the keys with which it began: the engine knows no others.
  const keys = options.keys.current();
  const cookies = cookieSettings(issuer, options.encryptionKey);
  const pages = enginePages(options, { ...enginePaths, logoutConfirm: `${enginePaths.logout}/confirm` });
  const provider: Provider = new Provider(
    issuer,
    configurationOf({ options, keys, pages, cookies, provider: () => provider }),
  );
  const codes = createAdapter('AuthorizationCode', options);
  installRegistrations(provider, options);
  // The engine would read and then write: parallel uses of one assertion would all pass.
  provider.ReplayDetection.unique = (issuer, jti, expires) => {
    const now = new Date(Date.now());
    return useOnce(options.sql, `${issuer} ${jti}`, rememberedUntil(new Date(expires * 1000), now), { now });
  };
  bindToSessions(provider);
  beginSessionsWithForms(provider, options.session.idle, cookies);
  useIssuerInUrls(provider, issuer);
  completeForms(provider);
  noteEvents(provider, options);
  installSteps(provider, { options, pages, answerProgram: programAnswers({ options, codes, redemptions }), signIns });
  return provider;
}

/** Replaces the engine's clients by our registrations, and counts each request for the client that it names. */
function installRegistrations(provider: Provider, options: Options): void {
  const { sql, clock, findRegistration, signIns } = options;
  installClients(provider, {
    find: (clientId) => {
      const read = Provider.ctx && requestState().exchange?.read;
      if (read?.clientId === clientId) return Promise.resolve(read.registration);
      const known = signIns.registration(clientId);
      return known === undefined ? findRegistration(clientId) : Promise.resolve(known);
    },
    clientOf: (holder) => clientOf(holder, sql, findRegistration),
    clock,
    keys: options.clientKeys,
    onSignedOut: ({ client_id: clientId }, accountId, sid) =>
      insertLogoutNotice(sql, { clientId, accountId, sid, now: clock() }),
    grants: options.grants,
    onFound: (id, registration) => noteClient(options, id, registration),
  });
}

/** Notes the client of the request. @throws a refusal if the client has sent too many requests */
function noteClient({ limits }: Options, id: string, registration: Registration | undefined): void {
  const { ctx } = Provider;
  const exchange = ctx && requestState().exchange;
  if (exchange === undefined) return;
  const isFirst = exchange.clientId === undefined;
  exchange.registration = registration ?? null;
  exchange.clientId = id;
  if (!isFirst || !countedRoutes.has(ctx!.oidc.route)) return;
  exchange.isAdmitted ??= limits.admitClient(id, exchange.address, ctx!.res);
  if (!exchange.isAdmitted) throw refusal('too-many-requests');
}

/**
 * The engine builds URLs from the Host header; ours all begin with the configured issuer, which also determines whether they are secure.
 */
function useIssuerInUrls(provider: Provider, issuer: string): void {
  Object.defineProperty(provider.request, 'secure', { value: issuer.startsWith('https:') });
  provider.OIDCContext.prototype.urlFor = (name, opt) => provider.urlFor(name, opt);
}

/** Handles the engine's events: errors that it answers, people who have signed out, faults. */
function noteEvents(provider: Provider, options: Options): void {
  const noteError = (_ctx: EngineContext, error: Error): void => {
    const { exchange } = requestState();
    if (exchange) exchange.error = error;
  };
  for (const route of ['grant', 'pushed_authorization_request', 'device_authorization', 'authorization'] as const) {
    provider.on(`${route}.error`, noteError);
  }
  provider.on('server_error', noteError);
  provider.on('end_session.success', (ctx) => {
    const { address } = requestState().exchange!;
    options.onSignedOut({ address, accountId: ctx.oidc.session?.accountId, clientId: ctx.oidc.client?.clientId });
  });
  provider.on('error', options.onFault);
}
