/** The mark that browsers show beside the title of a page; without one they ask in vain for `/favicon.ico`. */
import type { FastifyInstance } from 'fastify';

export const faviconPath = '/favicon.svg';

// An eight-pointed star, as on the tiles of Samarkand, around a cross: also the mark of the portal.
const star =
  'M0-11 3.22-7.78H7.78V-3.22L11 0 7.78 3.22V7.78H3.22L0 11-3.22 7.78H-7.78V3.22L-11 0-7.78-3.22V-7.78H-3.22Z';
const cross = 'M-1.6-5.5h3.2v3.9h3.9v3.2H1.6v3.9h-3.2V1.6h-3.9v-3.2h3.9z';
const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -12 24 24"><path fill="#0b7285" d="${star}"/><path fill="#fff" d="${cross}"/></svg>`;

export function addFavicon(app: FastifyInstance): void {
  app.get(faviconPath, (_request, reply) =>
    reply.header('Cache-Control', 'public, max-age=86400').type('image/svg+xml; charset=utf-8').send(picture),
  );
}
