/** Queries that cannot be decoded are refused before any endpoint sees them (RFC 6749 appendix B). */
import type { FastifyInstance } from 'fastify';
import type { Language } from '@dhp/negotiation';
import { isDecodable } from '@dhp/web-kit';
import { sendTrouble } from './errors.ts';

/** No error goes to a redirect URI: the one in such a query is not known. */
export function refuseUnreadableQueries(app: FastifyInstance, defaultLanguage: Language): void {
  app.addHook('onRequest', (request, reply, done) => {
    const mark = request.url.indexOf('?');
    if (mark < 0 || isDecodable(request.url.slice(mark + 1))) done();
    else void sendTrouble(request, reply, { kind: 'malformed-query', fallback: defaultLanguage });
  });
}
