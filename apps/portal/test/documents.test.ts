/** Documents as pages: the whole list, in three languages, with valid links, searchable, and with current translations. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { markup } from '@dhp/web-kit';
import { loadAssets } from '../src/assets.ts';
import { digestOf, openLibrary, originOf, translationPath, type Volume } from '../src/documents/library.ts';
import { addressOf } from '../src/documents/links.ts';
import { documents } from '../src/documents/list.ts';
import { readMarkdown, renderMarkdown } from '../src/documents/markdown.ts';
import { documentPage } from '../src/documents/pages.ts';
import type { Page as PortalPage } from '../src/page/layout.ts';
import { documentsMessages } from '../src/texts/documents.ts';
import { portalMessages } from '../src/texts/portal.ts';
import { install, type Installation } from './installation.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const languages = ['uz', 'ru', 'en'] as const;

let installation: Installation;
before(async () => {
  installation = await install();
});
after(() => installation.close());

const get = (path: string): Promise<Response> => fetch(installation.url + path, { redirect: 'manual' });
const pageOf = async (path: string): Promise<string> => {
  const response = await get(path);
  equal(response.status, 200, path);
  return response.text();
};
const unescaped = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))).replaceAll('&amp;', '&');
const valuesOf = (html: string, attribute: string): string[] =>
  [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value]) => unescaped(value!));

describe('documents', () => {
  it('are there in each language, each with its title and a way to the others', async () => {
    for (const language of languages) {
      const list = await pageOf(`/documents?lang=${language}`);
      for (const { name } of documents) {
        ok(list.includes(`href="./documents/${name}"`), name);
        const response = await get(`/documents/${name}?lang=${language}`);
        equal(response.status, 200, name);
        equal(response.headers.get('content-language'), language);
        const html = await response.text();
        const { source } = openLibrary()!.find(name, language)!;
        ok(unescaped(html).includes(`>${source.title}</h1>`), name);
        ok(html.includes('href="../documents"'), name);
        equal(new Set(valuesOf(html, 'id')).size, valuesOf(html, 'id').length, `${name}: an id stands once`);
      }
    }
  });

  it('have links that lead to a page, and to a place in it', async () => {
    const pages = new Map<string, string | undefined>();
    const visit = async (address: string): Promise<string | undefined> => {
      if (!pages.has(address)) {
        const response = await get(address);
        const isPage = response.status === 200 && (response.headers.get('content-type') ?? '').includes('text/html');
        pages.set(address, isPage ? await response.text() : response.status === 200 ? '' : undefined);
      }
      return pages.get(address);
    };
    const broken: string[] = [];
    let anchors = 0;
    for (const language of languages)
      for (const { name } of documents) {
        const from = `/documents/${name}?lang=${language}`;
        const html = await pageOf(from);
        const body = html.slice(html.indexOf('<main'));
        for (const href of [...valuesOf(body, 'href'), ...valuesOf(body, 'src'), ...valuesOf(body, 'srcset')]) {
          const to = new URL(href, installation.url + from);
          if (to.origin !== installation.url) continue;
          const target = await visit(`${to.pathname}?lang=${language}`);
          if (target === undefined) broken.push(`${from}: ${href}`);
          if (to.hash === '') continue;
          anchors += 1;
          if (!valuesOf(target ?? '', 'id').includes(decodeURIComponent(to.hash.slice(1))))
            broken.push(`${from}: ${href}`);
        }
      }
    deepEqual(broken, []);
    ok(anchors > 300, String(anchors));
  });

  it('are all that the list of the repository has for integrators', () => {
    const [, section = ''] =
      /^## You integrate a system(.*?)^## /ms.exec(readFileSync(join(root, 'docs/README.md'), 'utf8')) ?? [];
    const links = [...section.matchAll(/^\|.*$/gm)].flatMap(([row]) => [...row.matchAll(/\]\(([^)#]+)/g)]);
    ok(links.length > 12);
    for (const [, to] of links) notEqual(addressOf(to!, 'docs/README.md'), undefined, to);
  });

  it('run no script and no style that stands in the page', async () => {
    for (const { name } of documents) {
      const html = await pageOf(`/documents/${name}`);
      equal(/<script(?! src=)/.test(html), false, name);
      equal(/<style|<[^>]* style=|<[^>]* on\w+=/.test(html), false, name);
    }
  });

  it('show HTML of a document as text, but pictures', () => {
    const text = { documents: documentsMessages.en, portal: portalMessages.en };
    const same = (code: string): string => code;
    const plain = { atHome: same, idIn: (_: string, heading: string) => heading, picture: () => undefined };
    const around = { path: 'docs/x.md', text, ids: [], ...plain };
    const shown = (markdown: string): string => renderMarkdown(readMarkdown(`# Title\n\n${markdown}\n`), around).text;
    for (const [markdown, wrong] of [
      ['<script>alert(1)</script>', /<script/],
      ['a <img src="x" onerror="alert(1)" alt=""> b', /<img/],
      ['a <b onclick="x">b</b>', /<b /],
      ['`<b>`', /<b>/],
      ['```html\n<script>\n```', /<script/],
      ['```sh\necho "<script>"\n```', /<script/],
      ['```"onload="x\n<i>\n```', /<i>|onload="/],
      ['[x](javascript:alert(1))', /href/],
      ['![" onerror="x](y.webp)', /" onerror="/],
    ] as const)
      equal(wrong.test(shown(markdown)), false, shown(markdown));
    match(shown('<img src="sign-in/a.webp" width="240" alt="A">'), /<img src="pictures\/sign-in\/a.webp"/);
    equal(shown('<!-- for writers -->').trim(), '');
    match(shown('[home](decisions/0001-house.md)'), /^<p>home<\/p>/);
  });

  it('name the addresses of the installation in code for integrators', async () => {
    const html = unescaped(await pageOf('/documents/getting-started')).replaceAll(/<[^>]*>/g, '');
    ok(html.includes(`${installation.sso.url}/oauth/token`));
    ok(html.includes(`${installation.playground.url}/fhir/Patient`));
    equal(html.includes('localhost:9000'), false);
  });

  it('are not there under names of no document, nor are other files', async () => {
    for (const name of [
      'nothing',
      '__proto__',
      'constructor',
      '..%2F..%2Fpackage',
      'README',
      'decisions',
      'x'.repeat(90),
    ])
      equal((await get(`/documents/${name}`)).status, 404, name);
    for (const path of [
      'sign-in/..%2F..%2Fpackage.json',
      'decisions/0001-house.md',
      'sign-in/nothing.webp',
      'x/y.webp',
    ])
      equal((await get(`/documents/pictures/${path}`)).status, 404, path);
    const picture = await get('/documents/pictures/sign-in/sign-in.uz.webp');
    equal(picture.status, 200);
    equal(picture.headers.get('content-type'), 'image/webp');
    match(picture.headers.get('cache-control') ?? '', /max-age=86400/);
    match(await pageOf('/documents/sign-in'), /<img[^>]* width="240" height="\d+"/);
  });
});

describe('search in documents', () => {
  const find = async (q: string, language = 'en'): Promise<{ addresses: string[]; html: string }> => {
    const html = await pageOf(`/documents?${new URLSearchParams({ q, lang: language }).toString()}`);
    const list = html.slice(html.indexOf('<ol class="hits">'), html.indexOf('</ol>'));
    return { addresses: valuesOf(list, 'href'), html };
  };

  it('finds the section, the setting, the operation and the error code', async () => {
    ok((await find('broken glass')).addresses.some((address) => address.startsWith('./documents/access#')));
    ok((await find('DHP_SECRET_KEY')).addresses.some((address) => address.startsWith('./documents/configuration')));
    ok((await find('If-None-Exist')).addresses.some((address) => address.startsWith('./documents/rest-api')));
    equal((await find('version-mismatch')).addresses[0], './errors/version-mismatch');
    ok((await find('getting start')).addresses.includes('./documents/getting-started'), 'the beginning of a word');
    ok((await find('tokan signature')).addresses.length > 0, 'a letter that is wrong');
  });

  it('finds in the language of the page, however apostrophes are written', async () => {
    const [first] = (await find('настоящими данными', 'ru')).addresses;
    match(first!, /^\.\/documents\/getting-started#/);
    const all = await Promise.all(
      ["ro'yxatdan o'tkazing", 'roʻyxatdan oʻtkazing', 'royxatdan otkazing'].map((q) => find(q, 'uz')),
    );
    match(all[0]!.addresses[0]!, /^\.\/documents\/getting-started#/);
    for (const { addresses } of all) deepEqual(addresses, all[0]!.addresses);
  });

  it('says so where nothing is found, and shows the question as text', async () => {
    const question = '<img src=x onerror=alert(1)> " xyzzyplugh';
    const { html, addresses } = await find(question);
    deepEqual(addresses, []);
    match(html, /Nothing was found/);
    equal(html.includes('<img'), false);
    ok(unescaped(html).includes(question));
  });

  it('is bounded in what a question costs', async () => {
    const begun = process.cpuUsage();
    const hostile = ['a', 'a b c d e f g h i j', 'x'.repeat(5_000), 'ab '.repeat(3_000), '(.*)+$'.repeat(90), '\u0000'];
    for (const q of hostile) {
      const { addresses } = await find(q);
      ok(addresses.length <= 30);
    }
    const { user } = process.cpuUsage(begun);
    ok(user < 3_000_000, `${String(user)} µs for ${String(hostile.length)} questions`);
    equal((await get('/documents?q=a&q=b')).status, 200);
  });
});

describe('translations', () => {
  const translations = (['uz', 'ru'] as const).flatMap((language) =>
    documents
      .map(({ path, name }) => ({ name, language, english: path, path: translationPath(path, language) }))
      .filter(({ path }) => existsSync(join(root, path))),
  );
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');

  it('are there of what an integrator reads first', () => {
    for (const language of ['uz', 'ru'])
      for (const name of [
        ...['getting-started', 'tokens', 'portal'],
        ...['laboratory-results', 'referral', 'prescription', 'immunization'],
      ])
        ok(
          translations.some((one) => one.language === language && one.name === name),
          `${name} ${language}`,
        );
    const files = ['uz', 'ru'].flatMap((language) =>
      readdirSync(join(root, 'docs', language), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md'))
        .map((file) => `docs/${language}/${file}`),
    );
    deepEqual(files.sort(), translations.map(({ path }) => path).sort(), 'each is of a document that the portal shows');
  });

  it('are there in Russian of what integrators, operators and people read', () => {
    const inRussian: readonly string[] = translations
      .filter(({ language }) => language === 'ru')
      .map(({ name }) => name);
    const wanted =
      'api-access rest-api jobs bulk-export subscriptions search names-across-scripts validation terminology clients changelog ' +
      'sign-in access administration configuration database-roles pooler packages reliability install metrics ' +
      'doctor security-policy threat-model cryptography asvs';
    deepEqual(
      wanted.split(' ').filter((name) => !inRussian.includes(name)),
      [],
    );
  });

  it('link to headings of each other, and lead to the ids of the English', async () => {
    const html = unescaped(await pageOf('/documents/getting-started?lang=ru'));
    ok(/\]\(api-access\.md#[^)a-z]+\)/.test(read('docs/ru/getting-started.md')), 'a Russian name of a heading');
    ok(html.includes('href="api-access#front-end-integration"'));
  });

  it('are of the English text that is there now', () => {
    const older = translations
      .map((one) => ({ ...one, now: digestOf(read(one.english)) }))
      .filter(({ path, now }) => originOf(read(path)) !== now)
      .map(
        ({ path, english, now }) =>
          `${path}: translate what changed, then begin it with <!-- translated from ${english} ${now} -->`,
      );
    deepEqual(older, []);
    const volume = openLibrary()!.find('tokens', 'uz')!;
    equal(volume.isOlder, false);
    notEqual(digestOf(read('docs/tokens.md')), digestOf(`${read('docs/tokens.md')} `));
    equal(originOf('# no first line\n'), undefined);
  });

  it('have the headings and the code of the English', () => {
    const shape = (path: string): unknown => {
      const { sections, tokens } = readMarkdown(read(path));
      const code = tokens.flatMap((token) => (token.type === 'code' ? [(token as { text: string }).text] : []));
      return { depths: sections.map(({ depth }) => depth), code };
    };
    for (const { path, english } of translations) deepEqual(shape(path), shape(english), path);
  });

  it('are there in Uzbek of what integrators, operators and people read', () => {
    const inUzbek: readonly string[] = translations.filter(({ language }) => language === 'uz').map(({ name }) => name);
    const wanted = [
      ...['api-access', 'rest-api', 'jobs', 'search', 'names-across-scripts', 'validation', 'terminology', 'clients'],
      ...[
        'changelog',
        'configuration',
        'administration',
        'database-roles',
        'pooler',
        'packages',
        'access',
        'reliability',
      ],
      ...['sign-in', 'bulk-export', 'subscriptions', 'install', 'metrics', 'doctor', 'backup'],
      ...['security-policy', 'threat-model', 'cryptography', 'asvs'],
    ];
    deepEqual(
      wanted.filter((name) => !inUzbek.includes(name)),
      [],
    );
  });

  it('lead from Uzbek to a place in another document, whose heading is in Uzbek, too', async () => {
    match(read('docs/uz/getting-started.md'), /\(api-access\.md#odamlar/);
    ok(
      unescaped(await pageOf('/documents/getting-started?lang=uz')).includes('href="api-access#front-end-integration"'),
    );
  });

  it('are shown with the ids of the English, so that a link leads to the same place', async () => {
    const idsOf = async (language: string): Promise<string[]> =>
      [...(await pageOf(`/documents/tokens?lang=${language}`)).matchAll(/<h\d id="([^"]*)"/g)].map(([, id]) => id!);
    const english = await idsOf('en');
    ok(english.includes('required-checks'));
    deepEqual(await idsOf('uz'), english);
    deepEqual(await idsOf('ru'), english);
  });

  it('say that a document is there in English only, or that its English was changed since', async () => {
    const { addresses: assets, reading } = loadAssets();
    const volume = openLibrary()!.find('tokens', 'en')!;
    for (const language of ['uz', 'ru'] as const) {
      const page: PortalPage = { ...{ language, assets, root: '../' }, section: 'documents', hasSignIn: false };
      const shown = (one: Volume): string =>
        unescaped(documentPage(page, reading, { volume: one, body: markup`<p>x</p>` }));
      const { notTranslated, older } = documentsMessages[language];
      const says = (html: string): boolean[] => [html.includes(notTranslated), html.includes(older)];
      deepEqual(says(shown(volume)), [true, false]);
      match(shown(volume), /<div lang="en">/);
      deepEqual(says(shown({ ...volume, language, isOlder: true })), [false, true]);
      deepEqual(says(unescaped(await pageOf(`/documents/tokens?lang=${language}`))), [false, false]);
    }
    equal(unescaped(await pageOf('/documents/asvs?lang=en')).includes(documentsMessages.en.notTranslated), false);
  });
});
