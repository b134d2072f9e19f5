/** A person with a code on paper enters it, and then sets a password. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { paperCodePath, type PaperCodes } from '@dhp/accounts/sign-in';
import type { AuditEvent } from '@dhp/audit';
import type { Language } from '@dhp/negotiation';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { acceptOwnForms } from '@dhp/web-kit';
import { paperCodePage } from '../pages/paper-code-page.ts';

export interface PaperCodeOptions {
  readonly issuer: string;
  readonly paperCodes: PaperCodes;
  readonly defaultLanguage: Language;
  readonly clock: () => Date;
  readonly record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
}

export function addPaperCodePage(app: FastifyInstance, o: PaperCodeOptions): void {
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
  app.get(paperCodePath, (request, reply) => answer(request, reply, (language) => paperCodePage(language)));
  void app.register((scope, _options, done) => {
    acceptOwnForms(scope);
    scope.post(paperCodePath, async (request: FastifyRequest<{ Body: URLSearchParams }>, reply) => {
      const code = (request.body.get('code') ?? '').slice(0, 100);
      const used = await o.paperCodes.use(code, request.ip);
      const language = pageLanguage(request, o.defaultLanguage);
      if (typeof used === 'string')
        return reply.header('Cache-Control', 'no-store').redirect(`${used}&ui_locales=${language}`, 303);
      if (used === undefined) {
        o.record({ event: 'sign-in.refused', reason: 'wrong-paper-code' }, request.ip);
        return answer(request, reply.code(400), (one) => paperCodePage(one, { isWrong: true }));
      }
      const seconds = Math.max(1, Math.ceil((used.getTime() - o.clock().getTime()) / 1000));
      reply.code(429).header('Retry-After', String(seconds));
      return answer(request, reply, (one) => paperCodePage(one, { waitMinutes: Math.ceil(seconds / 60) }));
    });
    done();
  });
}
