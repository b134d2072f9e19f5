/** The addresses `/documents`, `/documents/NAME` and the pictures of documents below them. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Language } from '@dhp/negotiation';
import { represent, send, type Html, type Representation } from '@dhp/web-kit';
import { presenting, type NotFound, type SignedIn } from '../errors/routes.ts';
import type { PortalOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import { documentsMessages } from '../texts/documents.ts';
import { portalMessages } from '../texts/portal.ts';
import { idOfHeading, openLibrary, type Library, type Volume } from './library.ts';
import { atomFeed, datedHeading } from './feed.ts';
import { plainSections, renderMarkdown } from './markdown.ts';
import { documentListPage, documentPage, documentSearchPage } from './pages.ts';
import { readPicture } from './pictures.ts';
import { openSearch } from './search.ts';

/** If the documents are not available beside the program, nothing is served. */
export function addDocuments(
  app: FastifyInstance,
  shell: Shell,
  { notFound, sessions }: { notFound: NotFound; sessions: SignedIn },
): void {
  const library = openLibrary();
  if (library === undefined) return;
  addList(app, shell, { library, sessions });
  const present = presenting(shell, sessions, 'documents');
  const bodies = new Map<string, Html>();
  const { reading } = shell.assets;
  app.get<{ Params: { name: string } }>('/documents/:name', (request, reply) => {
    const { name } = request.params;
    if (library.find(name, 'en') === undefined) return notFound(request, reply);
    return present(request, reply, name, (page) => {
      const volume = library.find(name, page.language)!;
      const key = `${name} ${page.language}`;
      const body = bodies.get(key) ?? bodyOf(volume, page.language, { library, shell });
      bodies.set(key, body);
      return documentPage(page, reading, { volume, body });
    });
  });
  addPictures(app, shell, { library, notFound });
  addFeed(app, shell, library);
}

/** One for all languages: a reader of news asks for no language, and the changelog is in English. */
function addFeed(app: FastifyInstance, shell: Shell, library: Library): void {
  let feed: Representation | undefined;
  app.get('/changelog.atom', (request, reply) => {
    feed ??= represent('application/atom+xml; charset=utf-8', feedOf(shell.options, library));
    return send(request, reply.headers(shell.headers), feed, { 'cache-control': 'public, max-age=3600' });
  });
}

function feedOf({ urls }: PortalOptions, library: Library): string {
  const { source, path } = library.find('changelog', 'en')!;
  const portal = urls.portal.replace(/\/$/, '');
  const absolute = (address: string): string => new URL(address, `${portal}/documents/changelog`).href;
  const texts = plainSections(source, path, absolute);
  const entries = source.sections.flatMap(({ id, title }, n) => {
    const dated = datedHeading(title);
    return dated === undefined ? [] : [{ ...dated, id, content: texts[n] ?? '' }];
  });
  return atomFeed({ portal, title: `DHP: ${source.title}`, language: 'en', entries });
}

function addList(
  app: FastifyInstance,
  shell: Shell,
  { library, sessions }: { library: Library; sessions: SignedIn },
): void {
  const present = presenting(shell, sessions, 'documents');
  const search = openSearch(library);
  const { reading } = shell.assets;
  app.get('/documents', async (request, reply) => {
    const { q } = request.query as Record<string, unknown>;
    if (typeof q !== 'string' || q.trim() === '')
      return present(request, reply, 'documents', (page) => documentListPage(page, reading));
    const language = shell.languageOf(request, reply);
    const hits = search(q, language);
    const session = await sessions?.find(request);
    const page = shell.frame(request, language, { section: 'documents', session });
    return shell.sendPage(request, reply, documentSearchPage(page, reading, { query: q.slice(0, 120), hits }));
  });
}

function bodyOf(volume: Volume, language: Language, { library, shell }: { library: Library; shell: Shell }): Html {
  const { path, ids, about } = volume;
  const text = { documents: documentsMessages[language], portal: portalMessages[language] };
  const atHome = about.reader === 'integrator' ? addressesOf(shell.options) : (code: string) => code;
  const picture = (file: string): Buffer | undefined => readPicture(library.root, file);
  const idIn = (name: string, heading: string): string => idOfHeading(library.find(name, language), heading);
  return renderMarkdown(volume.source, { path, text, ids, idIn, atHome, picture });
}

/** Replaces the addresses in documents by those of this installation, so that a line can be copied and run. */
function addressesOf({ urls }: PortalOptions): (code: string) => string {
  const all = [
    ['http://localhost:9000', urls.sso],
    ['http://localhost:8080/fhir', urls.playground],
    ['<sso>', urls.sso],
    ['<portal>', urls.portal],
  ] as const;
  return (code) => all.reduce((now, [from, to]) => now.replaceAll(from, () => to), code);
}

function addPictures(
  app: FastifyInstance,
  shell: Shell,
  { library, notFound }: { library: Library; notFound: NotFound },
): void {
  const answer = (
    request: FastifyRequest<{ Params: { folder: string; file: string } }>,
    reply: FastifyReply,
  ): FastifyReply => {
    const { folder, file } = request.params;
    const picture = readPicture(library.root, `${folder}/${file}`);
    if (picture === undefined) return notFound(request, reply);
    return reply
      .headers(shell.headers)
      .header('cache-control', 'public, max-age=86400')
      .type('image/webp')
      .send(picture);
  };
  app.get('/documents/pictures/:folder/:file', answer);
}
