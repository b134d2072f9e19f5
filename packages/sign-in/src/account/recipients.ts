/** Recipients of mails of Subscriptions confirm, refuse and end them, all without an account. A GET changes nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { confirmMailsPath, endMailsPath, type Recipients } from '@dhp/accounts/recipients';
import type { Language } from '@dhp/negotiation';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { acceptOwnForms } from '@dhp/web-kit';
import { confirmMailsPage, decidedPage, endedPage, endMailsPage, noRecipientPage } from '../pages/recipient-pages.ts';

export interface RecipientPagesOptions {
  readonly recipients: Recipients;
  readonly issuer: string;
  readonly defaultLanguage: Language;
}

type AccountContext = FastifyRequest<{ Querystring: { token?: unknown } }>;
type Answer = (request: FastifyRequest, reply: FastifyReply, page: (language: Language) => string) => FastifyReply;

/** Of a body that ends mails: two words in one of two forms. */
const mostBytes = 4_096;

export function addRecipientPages(
  app: FastifyInstance,
  { recipients, issuer, defaultLanguage }: RecipientPagesOptions,
): void {
  const answer: Answer = (request, reply, page) => {
    const language = pageLanguage(request, defaultLanguage);
    rememberLanguage(request, reply, issuer.startsWith('https:'));
    return reply
      .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self' }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .header('Referrer-Policy', 'no-referrer')
      .header('X-Robots-Tag', 'noindex')
      .type('text/html; charset=utf-8')
      .send(page(language));
  };
  const unknown = (isOfEnd: boolean) => (language: Language) => noRecipientPage(language, isOfEnd);
  app.get(confirmMailsPath, async (request: AccountContext, reply) => {
    const token = tokenOf(request.query.token);
    const recipient = await recipients.asked(token);
    if (recipient === undefined) return answer(request, reply.code(400), unknown(false));
    return answer(request, reply, (language) => confirmMailsPage(language, { recipient, token }));
  });
  app.get(endMailsPath, async (request: AccountContext, reply) => {
    const token = tokenOf(request.query.token);
    const recipient = await recipients.known(token);
    if (recipient === undefined) return answer(request, reply.code(400), unknown(true));
    if (recipient.isEnded) return answer(request, reply, endedPage);
    return answer(request, reply, (language) => endMailsPage(language, { recipient, token }));
  });
  void app.register((scope, _options, done) => {
    acceptOwnForms(scope);
    scope.post(confirmMailsPath, async (request: FastifyRequest<{ Body: URLSearchParams }>, reply) => {
      const isConfirmed = request.body.get('answer') === 'confirm';
      const isAnswer = isConfirmed || request.body.get('answer') === 'refuse';
      const token = tokenOf(request.body.get('token'));
      const language = pageLanguage(request, defaultLanguage);
      const isGood = isAnswer && (await recipients.decide(token, isConfirmed ? 'confirmed' : 'refused', language));
      if (!isGood) return answer(request, reply.code(400), unknown(false));
      return answer(request, reply, (of) => decidedPage(of, isConfirmed));
    });
    done();
  });
  void app.register((scope, _options, done) => {
    // Mail programs send one form or the other (RFC 8058 section 3.2); neither has other fields.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: mostBytes }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post(
      endMailsPath,
      async (request: FastifyRequest<{ Querystring: { token?: unknown }; Body: unknown }>, reply) => {
        const isAsked = typeof request.body === 'string' && oneClick.test(request.body);
        const isGood = isAsked && (await recipients.end(tokenOf(request.query.token)));
        return isGood ? answer(request, reply, endedPage) : answer(request, reply.code(400), unknown(true));
      },
    );
    done();
  });
}

/** `List-Unsubscribe=One-Click`, as a form of either type. */
const oneClick =
  /^(?:.*&)?List-Unsubscribe=One-Click(?:&|\s*$)|name="?List-Unsubscribe"?[^\n]*\r?\n(?:[^\n]*\r?\n){0,3}One-Click/s;

function tokenOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : '';
}
