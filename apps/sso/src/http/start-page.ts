/** The page for a person who opens the server's address in a browser. */
import type { FastifyInstance } from 'fastify';
import { enginePaths } from '../engine/engine.ts';
import { contentSecurityPolicy, page } from '../pages/layout.ts';
import { markup } from '@dhp/web-kit';
import { chooseLanguage, type Language } from '@dhp/negotiation';
import { askedLanguage } from './page-language.ts';
import { jwksPath, metadataPaths } from './metadata.ts';

interface Texts {
  title: string;
  about: string;
  account: string;
  integrators: string;
  token: string;
  configuration: string;
  keys: string;
}

const texts: Record<Language, Texts> = {
  uz: {
    title: 'Yagona kirish tizimi',
    about:
      'Bu server Raqamli sogʻliqni saqlash platformasiga kirish uchun tokenlar beradi (OAuth 2.0 va OpenID Connect).',
    account: 'Mening hisobim',
    integrators: 'Integratorlar uchun',
    token: 'Token olish: POST soʻrovi shu manzilga',
    configuration: 'Server sozlamalari (discovery)',
    keys: 'Imzo kalitlari (JWKS)',
  },
  ru: {
    title: 'Единая система входа',
    about: 'Этот сервер выдаёт токены для доступа к Платформе цифрового здравоохранения (OAuth 2.0 и OpenID Connect).',
    account: 'Моя учётная запись',
    integrators: 'Для интеграторов',
    token: 'Получение токена: POST-запрос по адресу',
    configuration: 'Настройки сервера (discovery)',
    keys: 'Ключи подписи (JWKS)',
  },
  en: {
    title: 'Single Sign-On',
    about: 'This server issues tokens for access to the Digital Health Platform (OAuth 2.0 and OpenID Connect).',
    account: 'My account',
    integrators: 'For integrators',
    token: 'To get a token, send a POST request to',
    configuration: 'Server metadata (discovery)',
    keys: 'Signing keys (JWKS)',
  },
};

/**
 * Also where the short authorization request of the platform document arrives: `/?client_id=…&redirect_uri=…` goes on to the
 * authorization endpoint with the same query.
 */
export function addStartPage(app: FastifyInstance, o: { issuer: string; defaultLanguage: Language }): void {
  app.get<{ Querystring: { ui_locales?: unknown; client_id?: unknown } }>('/', (request, reply) => {
    if (request.query.client_id !== undefined) {
      const query = request.url.slice(request.url.indexOf('?'));
      return reply.header('Cache-Control', 'no-store').redirect(`${enginePaths.authorize}${query}`, 303);
    }
    const language = askedLanguage(request) ?? chooseLanguage(request.headers['accept-language'], o.defaultLanguage);
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
  const text = texts[language];
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
