/** For a person who forgot the password, and one who was invited. Nobody can learn here whether an account exists. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import {
  type BreachedPasswords,
  isPasswordLink,
  makeResetLink,
  passwordLinkPath,
  usePasswordLink,
} from '@dhp/accounts/sign-in';
import { beginReset, usernameOf } from '@dhp/accounts';
import {
  forgottenPage,
  forgottenPath,
  linkSentPage,
  newPasswordPage,
  noLinkPage,
  passwordSetPage,
} from '../pages/password-pages.ts';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { type Tell, type Outbox, afterAnswer, type Devices } from '@dhp/accounts/messages';
import { selectAccountByName } from '@dhp/accounts/rows';
import type { AuditEvent } from '@dhp/audit';
import { acceptOwnForms } from '@dhp/web-kit';
import type { Language } from '@dhp/negotiation';
import { pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { passwordMessages } from '../texts/password.ts';

export interface PasswordOptions {
  sql: Sql;
  issuer: string;
  outbox: Outbox;
  devices: Devices;
  breachedPasswords: BreachedPasswords | undefined;
  tell: Tell;
  defaultLanguage: Language;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** Called if a message could not be queued. */
  onFault: (error: unknown) => void;
}

type AccountContext = FastifyRequest<{ Querystring: { token?: unknown } }>;

export function addPasswordPages(app: FastifyInstance, o: PasswordOptions): void {
  const answer = (request: FastifyRequest, reply: FastifyReply, page: (language: Language) => string): FastifyReply => {
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    return reply
      .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self' }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page(language));
  };

  /** Looks up the account, as for a name that does not exist; the link itself is made after the answer. */
  async function takeRequest(request: FastifyRequest, reply: FastifyReply, username: string): Promise<void> {
    const account = await selectAccountByName(o.sql, usernameOf(username));
    const canBe = account !== undefined && account.disabled_at === null && account.email !== null;
    const accountId = account?.account_id;
    o.record({ event: 'password-link.asked', accountId, reason: canBe ? undefined : 'not-sent' }, request.ip);
    if (!canBe) return;
    const language = pageLanguage(request, o.defaultLanguage);
    afterAnswer(reply, () => sendLink(account.account_id, language), o.onFault);
  }

  async function sendLink(accountId: string, language: Language): Promise<void> {
    const made = await makeResetLink(o.sql, accountId, o.clock());
    if (made === undefined) return;
    const { to, path, seconds } = made;
    const { subject, message } = passwordMessages[language];
    await o.outbox.queue(o.sql, { to, subject, text: message({ link: o.issuer + path }), accountId, seconds });
  }

  app.get(forgottenPath, (request, reply) => answer(request, reply, (language) => forgottenPage(language)));

  app.get(passwordLinkPath, async (request: AccountContext, reply) => {
    const { token } = request.query;
    const isGood = typeof token === 'string' && (await isPasswordLink(o.sql, token, o.clock()));
    if (!isGood) return answer(request, reply.code(400), noLinkPage);
    return answer(request, reply, (language) => newPasswordPage(language, { token }));
  });

  void app.register((scope, _options, done) => {
    acceptOwnForms(scope);
    scope.post(forgottenPath, async (request: FastifyRequest<{ Body: URLSearchParams }>, reply) => {
      const username = (request.body.get('username') ?? '').slice(0, 200);
      const wait = await beginReset(o.sql, {
        name: usernameOf(username),
        address: request.ip,
        devices: o.devices.of(request),
        now: o.clock(),
      });
      if (wait?.because === 'address') {
        reply.code(429).header('Retry-After', String(wait.seconds));
        return answer(request, reply, (language) => forgottenPage(language, Math.ceil(wait.seconds / 60)));
      }
      if (wait === undefined) await takeRequest(request, reply, username);
      return answer(request, reply, linkSentPage);
    });
    scope.post(passwordLinkPath, async (request: FastifyRequest<{ Body: URLSearchParams }>, reply) => {
      const [token, wanted] = [request.body.get('token') ?? '', request.body.get('new') ?? ''];
      const result = await usePasswordLink(o.sql, token, wanted, o.clock(), o.breachedPasswords);
      if (typeof result === 'object') {
        o.tell(result.accountId, 'password-changed');
        // The link was sent to the person's own address: from now on, attempts of strangers do not delay this browser.
        o.devices.seen(result.accountId, pageLanguage(request, o.defaultLanguage), request, reply, false);
        return answer(request, reply, passwordSetPage);
      }
      if (result === 'no-link') return answer(request, reply.code(400), noLinkPage);
      return answer(request, reply.code(400), (language) => newPasswordPage(language, { token, flaw: result }));
    });
    done();
  });
}
