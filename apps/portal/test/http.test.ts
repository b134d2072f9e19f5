import { equal, match, ok, rejects } from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Fastify from 'fastify';
import { portalPlugin } from '../src/index.ts';
import { demo, install, type Installation } from './installation.ts';

let installation: Installation;
before(async () => {
  installation = await install();
});
after(() => installation.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(installation.url + path, { headers, redirect: 'manual' });

describe('the start page', () => {
  it('is Uzbek by default, and says so', async () => {
    const response = await get('/');
    equal(response.status, 200);
    equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    equal(response.headers.get('content-language'), 'uz');
    equal(response.headers.get('set-cookie'), null);
    const html = await response.text();
    match(html, /^<!doctype html>\s*<html lang="uz">/);
    match(html, /Milliy raqamli sogʻliqni saqlash platformasi/);
  });

  it('follows Accept-Language, and caches may know', async () => {
    const response = await get('/', { 'accept-language': 'de, ru;q=0.8, en;q=0.7' });
    match(await response.text(), /<html lang="ru">/);
    for (const name of ['Accept-Language', 'Cookie', 'Accept-Encoding'])
      ok(response.headers.get('vary')?.split(', ').includes(name), name);
  });

  it('keeps a choice made in the address in a cookie', async () => {
    const response = await get('/?lang=en', { 'accept-language': 'ru' });
    match(await response.text(), /<html lang="en">/);
    const cookie = response.headers.get('set-cookie') ?? '';
    equal(cookie, 'dhp_lang=en; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax');
    const next = await get('/', { cookie: cookie.split(';')[0] ?? '', 'accept-language': 'ru' });
    match(await next.text(), /<html lang="en">/);
  });

  it('does not take a language that it does not have', async () => {
    const response = await get('/?lang=%22%3E%3Cscript%3E');
    equal(response.headers.get('set-cookie'), null);
    match(await response.text(), /<html lang="uz">/);
  });

  it('offers the three languages, each in its own words', async () => {
    const html = await (await get('/?lang=en')).text();
    match(html, /<a href="\?lang=uz" lang="uz" hreflang="uz" aria-current="false"\s*>Oʻzbekcha<\/a\s*>/);
    match(html, /<a href="\?lang=ru" lang="ru" hreflang="ru" aria-current="false"\s*>Русский<\/a\s*>/);
    match(html, /<a href="\?lang=en" lang="en" hreflang="en" aria-current="true"\s*>English<\/a\s*>/);
  });

  it('shows every address of the installation, and production only where it is on', async () => {
    const html = (await (await get('/?lang=en')).text()).replaceAll('<wbr />', '');
    const { sso, playground } = installation;
    for (const address of [
      sso.url,
      `${sso.url}/oauth/token`,
      `${sso.url}/oauth/jwks`,
      `${sso.url}/.well-known/openid-configuration`,
      `${sso.url}/.well-known/oauth-authorization-server`,
      `${playground.url}/fhir`,
      `${playground.url}/fhir/metadata`,
      `${playground.url}/fhir/.well-known/smart-configuration`,
      `${playground.url}/fhir/openapi.json`,
      `${playground.url}/fhir/postman_collection.json`,
      `${playground.url}/fhir/postman_environment.json`,
      `${sso.url}/admin/openapi.json`,
      'http://localhost:8080/errors',
      'http://localhost:8080/',
      'http://localhost:8080/status.json',
      `${playground.url}/fhir/Practitioner/${demo.practitionerId}`,
    ])
      ok(html.includes(`>${address}</code>`), address);
    equal(html.includes('data-service="production"'), false);
    equal(html.includes('Production'), false);
  });

  it('comes compressed, and not at all when it is known already', async () => {
    const sizes: Record<string, number> = {};
    for (const coding of ['br', 'gzip', 'identity']) {
      const response = await get('/', { 'accept-encoding': coding });
      equal(response.headers.get('content-encoding'), coding === 'identity' ? null : coding);
      sizes[coding] = Number(response.headers.get('content-length'));
      match(await response.text(), /<\/html>$/);
      const etag = response.headers.get('etag') ?? '';
      const again = await get('/', { 'accept-encoding': coding, 'if-none-match': `"other", W/${etag}` });
      equal(again.status, 304);
      equal(await again.text(), '');
      equal(again.headers.get('etag'), etag);
    }
    ok(sizes['br']! < sizes['identity']! / 3 && sizes['gzip']! < sizes['identity']! / 3);
    const refusing = await get('/', { 'accept-encoding': 'br;q=0, gzip;q=0.1' });
    equal(refusing.headers.get('content-encoding'), 'gzip');
  });

  it('answers HEAD like GET, without a body', async () => {
    const response = await fetch(installation.url, { method: 'HEAD' });
    equal(response.status, 200);
    ok(Number(response.headers.get('content-length')) > 0);
    equal(await response.text(), '');
  });

  it('weighs less than 49 kB with everything that belongs to it, 15 kB on the wire', async () => {
    // At its largest: with production, and in the script of two bytes a letter.
    const largest = await install((usual) => ({
      ...usual,
      urls: { ...usual.urls, production: 'https://fhir.example.uz' },
    }));
    const start = `${largest.url}/?lang=ru`;
    const html = await (await fetch(start)).text();
    const parts = [start, ...[...html.matchAll(/"\.\/(assets\/[^"]+)"/g)].map(([, path]) => `${largest.url}/${path}`)];
    equal(parts.length, 4);
    const weigh = async (coding: string): Promise<number> => {
      const responses = await Promise.all(parts.map((url) => fetch(url, { headers: { 'accept-encoding': coding } })));
      await Promise.all(responses.map((response) => response.arrayBuffer()));
      return responses.reduce((sum, response) => sum + Number(response.headers.get('content-length')), 0);
    };
    const [plain, compressed] = [await weigh('identity'), await weigh('br')];
    await largest.close();
    ok(plain < 49_000, `${plain} bytes`);
    ok(compressed < 15_000, `${compressed} bytes`);
  });
});

describe('the assets', () => {
  it('are kept for good, at addresses that name their content', async () => {
    const html = await (await get('/')).text();
    for (const [kind, type] of [
      ['css', 'text/css; charset=utf-8'],
      ['js', 'text/javascript; charset=utf-8'],
      ['svg', 'image/svg+xml; charset=utf-8'],
    ]) {
      const path = new RegExp(`"\\./(assets/\\w+\\.([\\w-]{12})\\.${kind})"`).exec(html);
      const response = await get(`/${path?.[1]}`);
      equal(response.status, 200);
      equal(response.headers.get('content-type'), type);
      equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      match(response.headers.get('etag') ?? '', new RegExp(`^"${path?.[2]}-`));
    }
  });

  it('of another version are served, but not kept under that name', async () => {
    const response = await get('/assets/portal.AAAAAAAAAAAA.css');
    equal(response.status, 200);
    equal(response.headers.get('cache-control'), 'no-cache');
  });

  it('are only those', async () => {
    for (const path of ['/assets/portal.css', '/assets/other.AAAAAAAAAAAA.css', '/assets/..%2f..%2findex.ts'])
      equal((await get(path)).status, 404, path);
  });
});

describe('every answer', () => {
  for (const path of ['/', '/nowhere', '/status.json', '/healthz', '/readyz', '/robots.txt', '/favicon.ico']) {
    it(`of ${path} carries the policies`, async () => {
      const { headers } = await get(path);
      equal(
        headers.get('content-security-policy'),
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      equal(headers.get('x-content-type-options'), 'nosniff');
      equal(headers.get('referrer-policy'), 'no-referrer');
    });
  }

  it('of the page obeys them: nothing inline', async () => {
    const html = await (await get('/')).text();
    equal(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i.test(html), false);
  });
});

describe('the other addresses', () => {
  it('say that the portal lives and is ready', async () => {
    for (const [path, status] of [
      ['/healthz', 'alive'],
      ['/readyz', 'ready'],
    ]) {
      const response = await get(path!);
      equal(response.status, 200);
      equal(response.headers.get('cache-control'), 'no-store');
      equal(((await response.json()) as { status: string }).status, status);
    }
  });

  it('keep search engines out', async () => {
    equal(await (await get('/robots.txt')).text(), 'User-agent: *\nDisallow: /\n');
  });

  it('give browsers an icon', async () => {
    const response = await get('/favicon.ico');
    equal(response.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
    match(await response.text(), /^<svg /);
  });

  it('that are not there get a page in the language, with a way home from any depth', async () => {
    for (const [path, language, words, home] of [
      ['/nowhere', 'uz', 'Bunday sahifa yoʻq', './'],
      ['/a/b/c?x=1&lang=ru', 'ru', 'Такой страницы нет', '../../'],
      [`/${'a/'.repeat(40)}?lang=en`, 'en', 'There is no such page', '/'],
    ]) {
      const response = await get(path!);
      equal(response.status, 404);
      equal(response.headers.get('content-language'), language);
      const html = await response.text();
      ok(html.includes(words!) && html.includes(`<a href="${home}">`), path);
      const stylesheet = new URL(/rel="stylesheet" href="([^"]+)"/.exec(html)?.[1] ?? '', installation.url + path!);
      equal((await fetch(stylesheet)).status, 200);
    }
  });

  it('of the FHIR server on the same listener stay its own', async () => {
    for (const path of ['/fhir', '/fhir/', '/fhir/Nowhere/1', '/fhir/metadata'])
      match((await get(path)).headers.get('content-type') ?? '', /^application\/json/, path);
    const created = await fetch(`${installation.url}/fhir/Patient`, { method: 'POST' });
    equal(created.status, 201);
    equal(created.headers.get('content-security-policy'), null);
  });
});

describe('configured addresses', () => {
  it('are escaped where they stand', async () => {
    const hostile = `https://example.uz/a'b"<script>alert(1)</script>&amp;$(id)\`id\``;
    const other = await install((usual) => ({
      ...usual,
      urls: { sso: hostile, playground: hostile, portal: 'https://portal.example.uz/dhp' },
      demo: { patientId: '</code><b>', practitionerId: 'x' },
    }));
    try {
      const response = await fetch(`${other.url}/?lang=uz`);
      const html = await response.text();
      equal(html.includes('<script>'), false);
      equal(html.includes('</code><b>'), false);
      ok(html.includes('href="https://example.uz/a&#39;b&#34;&#60;script&#62;'));
      match(
        response.headers.get('set-cookie') ?? '',
        /^__Secure-dhp_lang=uz; Path=\/dhp; .*; HttpOnly; SameSite=Lax; Secure$/,
      );
    } finally {
      await other.close();
    }
  });

  it('must be addresses of the web', async () => {
    for (const sso of ['javascript:alert(1)', 'sso.example.uz']) {
      const urls = { sso, playground: 'https://example.uz/fhir', portal: 'https://example.uz' };
      const app = Fastify();
      await rejects(
        async () => app.register(portalPlugin({ urls, probe: [], defaultLanguage: 'uz', demo })),
        new RegExp(`^Error: ${sso.replace(/[().]/g, '\\$&')} is not an http or https address$`),
      );
    }
  });
});
