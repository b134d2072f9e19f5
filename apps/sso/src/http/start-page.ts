/** The page for a person who opens the server's address in a browser. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { asLanguage, languages, preferredLanguage, type Language } from './language.ts';
import { jwksPath, metadataPaths } from './metadata.ts';

interface Texts {
  /** The language's own name. */
  self: string;
  title: string;
  about: string;
  integrators: string;
  token: string;
  configuration: string;
  keys: string;
}

const texts: Record<Language, Texts> = {
  uz: {
    self: 'Oʻzbekcha',
    title: 'Yagona kirish tizimi',
    about:
      'Bu server Raqamli sogʻliqni saqlash platformasiga kirish uchun tokenlar beradi (OAuth 2.0 va OpenID Connect).',
    integrators: 'Integratorlar uchun',
    token: 'Token olish: POST soʻrovi shu manzilga',
    configuration: 'Server sozlamalari (discovery)',
    keys: 'Imzo kalitlari (JWKS)',
  },
  ru: {
    self: 'Русский',
    title: 'Единая система входа',
    about: 'Этот сервер выдаёт токены для доступа к Платформе цифрового здравоохранения (OAuth 2.0 и OpenID Connect).',
    integrators: 'Для интеграторов',
    token: 'Получение токена: POST-запрос по адресу',
    configuration: 'Настройки сервера (discovery)',
    keys: 'Ключи подписи (JWKS)',
  },
  en: {
    self: 'English',
    title: 'Single Sign-On',
    about: 'This server issues tokens for access to the Digital Health Platform (OAuth 2.0 and OpenID Connect).',
    integrators: 'For integrators',
    token: 'To get a token, send a POST request to',
    configuration: 'Server metadata (discovery)',
    keys: 'Signing keys (JWKS)',
  },
};

const style = `
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif }
body { margin: 0 auto; max-width: 42rem; padding: 3rem 1.25rem }
nav a, nav strong { margin-inline-end: 1rem }
h1 { line-height: 1.2; margin: 2rem 0 .5rem }
code { overflow-wrap: anywhere }
`;

const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
const contentSecurityPolicy = `default-src 'none'; style-src ${styleSource}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function addStartPage(app: FastifyInstance, o: { issuer: string; defaultLanguage: Language }): void {
  app.get<{ Querystring: { ui_locales?: unknown } }>('/', (request, reply) => {
    const language =
      asLanguage(request.query.ui_locales) ?? preferredLanguage(request.headers['accept-language'], o.defaultLanguage);
    return reply
      .header('Content-Security-Policy', contentSecurityPolicy)
      .header('Content-Language', language)
      .header('Vary', 'Accept-Language')
      .header('Cache-Control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page(o.issuer, language));
  });
}

function page(issuer: string, language: Language): string {
  const text = texts[language];
  const home = escapeHtml(issuer);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<style>${style}</style>
</head>
<body>
<nav>${languages.map((other) => languageLink(other, language)).join('\n')}</nav>
<main>
<h1>${text.title}</h1>
<p>${text.about}</p>
<h2>${text.integrators}</h2>
<ul>
<li>${text.token} <code>${home}/oauth/token</code></li>
<li><a href="${metadataPaths[0]!}">${text.configuration}</a></li>
<li><a href="${jwksPath}">${text.keys}</a></li>
</ul>
</main>
</body>
</html>
`;
}

function languageLink(language: Language, current: Language): string {
  const name = texts[language].self;
  if (language === current) return `<strong lang="${language}" aria-current="true">${name}</strong>`;
  return `<a href="/?ui_locales=${language}" lang="${language}" hreflang="${language}">${name}</a>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}
