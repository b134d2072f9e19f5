/** Response headers of all answers, and those of documents that scripts of any site may read. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Set on the raw response at the start of each request, so that answers which the engine writes itself have them too.
 * Strict-Transport-Security is set only if the issuer is https: otherwise it would lock a developer out of localhost.
 */
export function addSecurityHeaders(app: FastifyInstance, issuer: string): void {
  app.addHook('onRequest', (_request, reply, done) => {
    setSecurityHeaders(reply, issuer);
    done();
  });
}

export function setSecurityHeaders({ raw }: Pick<FastifyReply, 'raw'>, issuer: string): void {
  for (const [name, value] of Object.entries(securityHeaders(issuer))) raw.setHeader(name, value);
}

/** The fields of every answer, by name. */
export function securityHeaders(issuer: string): Readonly<Record<string, string>> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY',
    // The least that holds for any answer; pages replace it by a policy that also names their scripts and styles.
    'Content-Security-Policy': "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ...(issuer.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' }),
  };
}

/** Public metadata: any origin may read it, and caches may store it for `maxAge` seconds. */
export function openDocument(reply: FastifyReply, maxAge: number): FastifyReply {
  return reply.header('Access-Control-Allow-Origin', '*').header('Cache-Control', `public, max-age=${String(maxAge)}`);
}
