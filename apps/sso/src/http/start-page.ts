/** The page for a person who opens the server's address in a browser. */
import type { FastifyInstance } from 'fastify';
import { enginePaths } from '@dhp/protocol';
import { contentSecurityPolicy, page } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import { choosePageLanguage, type Language } from '@dhp/negotiation';
import { askedLanguage } from '@dhp/sso-pages/answers';
import { jwksPath, metadataPaths } from '@dhp/protocol/endpoints';
import { startMessages } from '../texts/start.ts';

/**
 * Also the target of the short authorization request of the platform document: `/?client_id=…&redirect_uri=…` is redirected to the
 * authorization endpoint with the same query.
 */
export function addStartPage(app: FastifyInstance, o: { issuer: string; defaultLanguage: Language }): void {
  app.get<{ Querystring: { ui_locales?: unknown; client_id?: unknown } }>('/', (request, reply) => {
    if (request.query.client_id !== undefined) {
      const query = request.url.slice(request.url.indexOf('?'));
      return reply.header('Cache-Control', 'no-store').redirect(`${enginePaths.authorize}${query}`, 303);
    }
    const language =
      askedLanguage(request) ?? choosePageLanguage(request.headers['accept-language'], o.defaultLanguage);
    return reply
      .header('Content-Security-Policy', contentSecurityPolicy())
      .header('Content-Language', language)
      .header('Vary', 'Accept-Language')
      .header('Cache-Control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(startPage(o.issuer, language));
  });
}

function startPage(issuer: string, language: Language): string {
  const text = startMessages[language];
  const main = markup`<h1>${text.title}</h1>
<p>${text.about}</p>
<p><a class="button" href="/account">${text.account}</a></p>
<h2>${text.integrators}</h2>
<ul>
<li>${text.token} <code>${issuer}/oauth/token</code></li>
<li><a href="${metadataPaths[0]}">${text.configuration}</a></li>
<li><a href="${jwksPath}">${text.keys}</a></li>
</ul>`;
  return page({ language, title: text.title, main, languageLink: (other) => `/?ui_locales=${other}` });
}
