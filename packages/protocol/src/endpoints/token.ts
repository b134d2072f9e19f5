/**
 * The token endpoint (RFC 6749 section 3.2): refusals that need only HTTP are made here, the rest by the engine. Throttling by client and
 * address lies between the two and uses the engine's decisions.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bodyLimit, type Engine } from '../engine/engine.ts';
import { basicChallenge, type OAuthErrorKind } from '@dhp/sso-pages/refusals';
import { answerPreflights } from './cors.ts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';

export const tokenPath = '/oauth/token';

export function addTokenEndpoint(app: FastifyInstance, { engine, issuer }: { engine: Engine; issuer: string }): void {
  void app.register((scope, _options, done) => {
    // The engine reads the body itself; it can be read only once.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));

    scope.post(tokenPath, async (request, reply) => {
      const kind = precheck(request);
      if (kind === undefined) {
        reply.hijack();
        await engine.handle(request.raw, reply.raw, request.ip);
        return reply;
      }
      reply.header('Pragma', 'no-cache');
      if (kind === 'unsupported-authentication') reply.header('WWW-Authenticate', basicChallenge(issuer));
      // The rest of the body is not read, so the connection cannot be reused.
      if (kind === 'body-too-large') reply.header('Connection', 'close');
      return sendRefusal(reply, kind);
    });
    answerPreflights(scope, tokenPath, 'POST');
    refuseOtherMethods(scope, tokenPath, 'POST');
    done();
  });
}

const secretParameters = /(?:^|[?&])(?:client_secret|client_assertion|refresh_token|code|password)=/;

function precheck({ headers, url }: FastifyRequest): OAuthErrorKind | undefined {
  if (secretParameters.test(url)) return 'secret-in-url';
  if (Number(headers['content-length'] ?? 0) > bodyLimit) return 'body-too-large';
  const type = headers['content-type'];
  if (type !== undefined && !/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) return 'not-a-form';
  if (type !== undefined && !hasReadableCharset(type)) return 'malformed-body';
  if (!/^(?:identity)?$/i.test(headers['content-encoding'] ?? '')) return 'malformed-body';
  if (headers.authorization !== undefined && !/^basic(?: |$)/i.test(headers.authorization)) {
    return 'unsupported-authentication';
  }
  return undefined;
}

/**
 * A percent-encoded form in ASCII is the same in each of these charsets; Java's libraries send ISO-8859-1 unless they are told otherwise.
 * Other characters are read as UTF-8 (RFC 6749 appendix B), and a form in which they are not UTF-8 is refused later.
 */
const ofAscii = /^(?:utf-?8|us-ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d)$/i;

function hasReadableCharset(type: string): boolean {
  const [, charset] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type) ?? [];
  return charset === undefined || ofAscii.test(charset);
}
