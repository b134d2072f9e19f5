/** The addresses `/errors` and `/errors/CODE`, to which `Link` of an OperationOutcome and `error_uri` of OAuth lead. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { represent, send, type Representation } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import type { SectionName } from '../page/sections.ts';
import type { Sessions } from '../session/session.ts';
import type { Shell } from '../shell.ts';
import { errorAbout } from './error-catalogue.ts';
import { errorListPage, errorPage } from './pages.ts';

/** Brotli quality: a page is made once for each language. */
const effort = 5;
const caching = { 'cache-control': 'private, no-cache', vary: 'Accept-Language, Cookie' };

/** Answers with a page whose content is the same for everybody, with the signed-in person above it. */
export type Present = (
  request: FastifyRequest,
  reply: FastifyReply,
  /** Of the page, whose content depends only on it and the language. */
  name: string,
  make: (page: Page) => string,
) => Promise<FastifyReply>;

/** Finds the signed-in person; undefined if nobody can sign in. */
export type SignedIn = Pick<Sessions, 'find'> | undefined;

/** Caches the pages for visitors who are not signed in; those of a person are made for that person. */
export function presenting(shell: Shell, sessions: SignedIn, section?: SectionName): Present {
  const pages = new Map<string, Representation>();
  return async (request, reply, name, make) => {
    const language = shell.languageOf(request, reply);
    const session = await sessions?.find(request);
    if (session !== undefined)
      return shell.sendPage(request, reply, make(shell.frame(request, language, { section, session })));
    const key = `${name} ${language}`;
    const known =
      pages.get(key) ??
      represent('text/html; charset=utf-8', make(shell.frame(request, language, { section })), effort);
    pages.set(key, known);
    return send(request, reply.headers(shell.headers), known, caching);
  };
}

export type NotFound = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

export function addErrorPages(
  app: FastifyInstance,
  shell: Shell,
  { notFound, sessions }: { notFound: NotFound; sessions: SignedIn },
): void {
  const present = presenting(shell, sessions);
  const { reading } = shell.assets;
  app.get('/errors', (request, reply) => present(request, reply, 'errors', (page) => errorListPage(page, reading)));
  app.get<{ Params: { code: string } }>('/errors/:code', (request, reply) => {
    const about = errorAbout(request.params.code);
    if (about === undefined) return notFound(request, reply);
    return present(request, reply, `errors/${about.code}`, (page) => errorPage(page, about, reading));
  });
}
