/** Pages are sent compressed to browsers that support it: on a poor line, their size determines how long a person waits. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { chooseCoding } from '@dhp/negotiation';
import type { FastifyInstance } from 'fastify';
import { pageGzip } from './page-gzip.ts';

const compressed = promisify(gzip);
const level = 6;

/** Pages of at least so many characters are compressed by another thread: for smaller ones, handing over costs more than compressing. */
const large = 64 * 1024;

/**
 * Compresses HTML only. The size of a compressed answer reveals whether a secret and a chosen text are alike (BREACH). So no page that
 * shows anything of its request contains a constant secret: keys of forms are masked again in each answer (`forms.ts`), and pages with a
 * secret to be kept (codes, links, secrets of clients) show nothing of their address.
 * @param common texts that many pages contain, in their order in a page, such as style sheets: they are compressed once
 */
export function compressPages(app: FastifyInstance, common: readonly string[]): void {
  const gzipPage = pageGzip(common);
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html')) return payload;
    const others = reply.getHeader('vary');
    reply.header('Vary', others === undefined ? 'Accept-Encoding' : `${String(others)}, Accept-Encoding`);
    if (chooseCoding(request.headers['accept-encoding']?.toString(), ['gzip']) === undefined) return payload;
    const body = payload.length < large ? gzipPage(payload) : await compressed(payload, { level });
    reply.header('Content-Encoding', 'gzip').header('Content-Length', body.length);
    return body;
  });
}
