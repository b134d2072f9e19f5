/** The addresses `/errors` and `/errors/CODE`, where `Link` of an OperationOutcome and `error_uri` of OAuth lead. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { represent, send, type Representation } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import type { SectionName } from '../page/sections.ts';
import type { Shell } from '../shell.ts';
import { errorAbout } from './error-catalogue.ts';
import { errorListPage, errorPage } from './pages.ts';

/** Brotli quality: a page is made once for each language. */
const effort = 5;
const caching = { 'cache-control': 'private, no-cache', vary: 'Accept-Language, Cookie' };

/** Answers with a page that is the same for everybody. */
export type Present = (
  request: FastifyRequest,
  reply: FastifyReply,
  /** Of the page, whose content depends on it and the language alone. */
  name: string,
  make: (page: Page) => string,
) => FastifyReply;

/** Keeps the pages that it has made. */
export function presenting(shell: Shell, section?: SectionName): Present {
  const pages = new Map<string, Representation>();
  return (request, reply, name, make) => {
    const language = shell.languageOf(request, reply);
    const key = `${name} ${language}`;
    const known =
      pages.get(key) ??
      represent('text/html; charset=utf-8', make(shell.frame(request, language, { section })), effort);
    pages.set(key, known);
    return send(request, reply.headers(shell.headers), known, caching);
  };
}

export type NotFound = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

export function addErrorPages(app: FastifyInstance, shell: Shell, notFound: NotFound): void {
  const present = presenting(shell);
  const { reading } = shell.assets;
  app.get('/errors', (request, reply) => present(request, reply, 'errors', (page) => errorListPage(page, reading)));
  app.get<{ Params: { code: string } }>('/errors/:code', (request, reply) => {
    const about = errorAbout(request.params.code);
    if (about === undefined) return notFound(request, reply);
    return present(request, reply, `errors/${about.code}`, (page) => errorPage(page, about, reading));
  });
}
