/**
 * Connecting an identity system to one's account. It needs a sign-in of the last minutes with the account's own password, code or passkey.
 * A sign-in by another identity system does not count (docs/decisions/0016-identity-proof.md).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OwnSession } from '@dhp/protocol';
import { pathOf, type ConnectedSystems } from '../pages/account-pages.ts';
import { selectLinks } from '@dhp/accounts/identity-rows';
import { UpstreamRefusal } from '@dhp/accounts/identity-systems';
import { equal } from '@dhp/web-kit';
import {
  connectFailures,
  type AccountController,
  type AccountOptions,
  type AccountRequest,
  type AccountContext,
} from './controller.ts';
import { connectPath } from '../own-client.ts';

export function addConnecting(app: FastifyInstance, o: AccountOptions, controller: AccountController): void {
  const { signIn, contextOf, isFresh, connectKeyOf, holdOf, act, goTo, back } = controller;

  async function begin(context: AccountContext, id: string, reply: FastifyReply): Promise<FastifyReply> {
    const asked = { uid: context.session.uid, purpose: 'connect', language: context.options.language } as const;
    const address = await o.upstreams.begin(id, asked).catch(unlessRefused);
    return address === undefined ? back(reply, 'security', 'not-connected') : goTo(reply, address);
  }

  async function finish(
    { session, account: { accountId } }: AccountContext,
    from: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const answer = new URLSearchParams(request.url.slice(request.url.indexOf('?')));
    try {
      const hold = holdOf(session);
      await o.upstreams.connect(from, { sessionUid: session.uid, accountId, answer, hold });
    } catch (error) {
      if (!(error instanceof UpstreamRefusal)) throw error;
      const reason = `${from.slice(0, 40)}: ${error.reason}`;
      o.record({ event: 'sign-in.refused', accountId, reason }, request.ip);
      return back(reply, 'security', connectFailures.find((one) => one === error.reason) ?? 'not-connected');
    }
    o.tell(accountId, 'identity-system-connected');
    return back(reply, 'security', 'connected');
  }

  app.get(connectPath, async (request: AccountRequest, reply) => {
    const context = await contextOf(request, reply);
    if (context === undefined || !isFresh(context.session))
      return signIn(reply, pathOf('security'), context !== undefined);
    if (context.account.isTest === true) return back(reply, 'security', 'test-person');
    if (!isOwnProof(context.session, o)) return goTo(reply, pathOf('security'));
    const { upstream, key, from } = request.query as Record<string, unknown>;
    if (typeof from === 'string') return act(reply, pathOf('security'), () => finish(context, from, request, reply));
    const isOurs = typeof key === 'string' && equal(key, connectKeyOf(context.session));
    return typeof upstream === 'string' && isOurs ? begin(context, upstream, reply) : goTo(reply, pathOf('security'));
  });
}

/** For the page of the sign-in methods. */
export async function systemsOf(
  { session, account }: AccountContext,
  o: AccountOptions,
  { connectKeyOf }: AccountController,
): Promise<ConnectedSystems> {
  const links = await selectLinks(o.sql, account.accountId);
  const key = connectKeyOf(session);
  const nameOf = (id: string): string => o.upstreams.list.find((one) => one.id === id)?.name ?? id;
  return {
    links: links.map(({ upstream, linked_at: linked }) => ({ name: nameOf(upstream), linked })),
    others: o.upstreams.list
      .filter(({ id }) => !links.some(({ upstream }) => upstream === id))
      .map(({ id, name }) => ({
        name,
        href: `${connectPath}?${new URLSearchParams({ upstream: id, key }).toString()}`,
      })),
    isOwnProof: isOwnProof(session, o),
  };
}

/** Whether the sign-in of the session used a credential of the account itself, not only an identity system. */
function isOwnProof({ methods }: OwnSession, { upstreams }: AccountOptions): boolean {
  if (methods.includes('otp') || methods.includes('pop')) return true;
  // A sign-in by an identity system that has since been unlinked does not count.
  const own = new Set(['pwd', 'user', 'mfa']);
  return (
    methods.includes('pwd') && methods.every((one) => own.has(one)) && !upstreams.list.some(({ id }) => own.has(id))
  );
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof UpstreamRefusal)) throw error;
  return undefined;
}
