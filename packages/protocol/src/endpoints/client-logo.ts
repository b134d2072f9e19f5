/** Pictures of clients. The address contains a hash of the bytes, so its content never changes. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { logoPath } from '@dhp/clients';
import { selectLogo } from '@dhp/clients/rows';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';

export function addClientLogos(app: FastifyInstance, sql: Sql): void {
  const path = `${logoPath}/:sha256`;
  app.get(path, async (request: FastifyRequest<{ Params: { sha256: string } }>, reply) => {
    const { sha256 } = request.params;
    const logo = /^[0-9a-f]{64}$/.test(sha256) ? await selectLogo(sql, sha256) : undefined;
    if (logo === undefined) return sendRefusal(reply, 'not-found');
    return reply
      .header('Cache-Control', 'public, max-age=31536000, immutable')
      .header('Content-Security-Policy', "default-src 'none'; sandbox")
      .type(logo.mediaType)
      .send(logo.content);
  });
  refuseOtherMethods(app, path, 'GET, HEAD');
}
