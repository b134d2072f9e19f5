/** Requests of one address are counted before anything is done for them. */
import type { FastifyInstance } from 'fastify';
import type { Language } from '@dhp/negotiation';
import type { Limits } from '../limits/limits.ts';
import { isPreflight } from './cors.ts';
import { sendTrouble } from '@dhp/sso-pages/answers';
import { jwksPath, metadataPaths } from './metadata.ts';
import { revocationFeedPath } from './revocation-feed.ts';
import { standingPath } from './standing.ts';

/**
 * Addresses that caches and the platform itself request all the time: they cost next to nothing and must not fail. What FHIR servers ask is
 * counted where the caller is known.
 */
const uncounted: ReadonlySet<string> = new Set([
  ...metadataPaths,
  jwksPath,
  revocationFeedPath,
  standingPath,
  '/healthz',
  '/readyz',
]);

export function addLimits(app: FastifyInstance, limits: Limits, defaultLanguage: Language): void {
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0]!;
    if (uncounted.has(path) || isPreflight(request) || limits.admitAddress(request.ip, reply.raw)) {
      done();
      return;
    }
    void sendTrouble(request, reply, { kind: 'too-many-requests', fallback: defaultLanguage });
  });
}
