/** Requests of one address are counted before anything is done for them. */
import type { FastifyInstance } from 'fastify';
import { preferredLanguage, type Language } from './language.ts';
import type { Limits } from '../limits/limits.ts';
import { oauthErrors } from '../oauth-errors.ts';
import { contentSecurityPolicy } from '../pages/layout.ts';
import { invalidRequestPage } from '../pages/sign-in-pages.ts';
import { sendRefusal } from './errors.ts';
import { jwksPath, metadataPaths } from './metadata.ts';
import { revocationFeedPath } from './revocation.ts';

/** What caches and the platform itself ask for, over and over: it costs next to nothing, and must not fail. */
const uncounted: ReadonlySet<string> = new Set([...metadataPaths, jwksPath, revocationFeedPath, '/healthz', '/readyz']);

export function addLimits(app: FastifyInstance, limits: Limits, defaultLanguage: Language): void {
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0]!;
    if (uncounted.has(path) || limits.admitAddress(request.ip, reply.raw)) {
      done();
      return;
    }
    if (request.headers.accept?.includes('text/html') !== true) {
      void sendRefusal(reply, 'too-many-requests');
      return;
    }
    const { error, description, status } = oauthErrors['too-many-requests'];
    const language = preferredLanguage(request.headers['accept-language'], defaultLanguage);
    void reply
      .code(status)
      .headers({ 'Cache-Control': 'no-store', 'Content-Security-Policy': contentSecurityPolicy() })
      .type('text/html; charset=utf-8')
      .send(invalidRequestPage(language, { error, description }));
  });
}
