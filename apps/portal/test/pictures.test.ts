/** The pages of the portal as the documents show them: drawn pages were checked with axe, in three languages and at every width. */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { askPage, launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { loadAssets } from '../src/assets.ts';
import type { Page as PortalPage } from '../src/page/layout.ts';
import { isFull } from '../../../tests/sample.ts';
import { inPage, keepPicture, violations } from './in-page.ts';
import { fakeService, install, type FakeService, type Installation } from './installation.ts';
import { applicationPages } from './application-samples.ts';
import { dataPages } from './data-samples.ts';
import { explorerPages } from './explorer-samples.ts';
import { launcherPages } from './launcher-samples.ts';

const today = Date.UTC(2026, 10, 29);
const dayAgo = (n: number): string => new Date(today - n * 86_400_000).toISOString().slice(0, 10);

/** Ninety days, some of them with failures. */
const history = {
  days: 90,
  since: dayAgo(89),
  minutes: (['sso', 'playground', 'production', 'portal'] as const).flatMap((service, n) =>
    Array.from({ length: 80 }, (_, day) => {
      const down = day === 20 + n * 9 ? 95 : day === 11 + n * 5 ? 6 : 0;
      return { day: dayAgo(day), service, up: 1_440 - down, partly: 0, down };
    }),
  ),
};

/**
 * The width of the page, and the number of links in the masthead that are cut off: it hides the overflow, so that no other check sees it.
 */
const fitting = [
  { expression: 'document.documentElement.scrollWidth' },
  {
    expression: `[...document.querySelectorAll('.masthead :is(a, button)')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth).length`,
  },
];

describe('pictures of the portal', { skip: withoutBrowser }, () => {
  let installation: Installation;
  let told: FakeService;
  let browser: Browser;
  before(async () => {
    told = await fakeService((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(history)),
    );
    // The addresses are those of a public installation; requests go to the services behind it.
    installation = await install((usual) => ({
      ...usual,
      urls: {
        sso: 'https://sso.example.uz',
        playground: 'https://playground.example.uz/fhir',
        production: 'https://fhir.example.uz',
        portal: 'https://portal.example.uz',
      },
      historyUrl: `${told.url}/status/history`,
      probe: [...usual.probe, { name: 'production', url: usual.probe[1]!.url }],
    }));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await Promise.all([installation.close(), told.close()]);
  });

  /** The Uzbek pages on a large screen, the Russian on a telephone, the English on a small one. */
  const languages = [
    ['uz', 960],
    ['ru', 390],
    ['en', 320],
  ] as const;
  const pages = [
    ['portal-start', '/'],
    ['portal-trouble', '/'],
    ['portal-history', '/'],
    ['portal-documents', '/documents'],
    ['portal-document', '/documents/getting-started'],
    ['portal-search', '/documents?q=token'],
    ['portal-errors', '/errors'],
    ['portal-error', '/errors/version-mismatch'],
    ['portal-nothing', '/nowhere'],
  ] as const;

  // Each page in one of the languages, and with `--full` in all.
  for (const [at, [language, width]] of languages.entries())
    for (const [name, path] of pages.filter((_, n) => isFull || n % languages.length === at))
      it(`${name}, ${language} at ${String(width)} px`, async () => {
        installation.sso.mood = name === 'portal-trouble' ? 'starting' : 'ready';
        const url = `${installation.url}${path}${path.includes('?') ? '&' : '?'}lang=${language}`;
        await inPage({ browser, url, keeps: true }, { viewport: { width, height: 900 } }, async (page, complaints) => {
          if (path === '/') {
            const state = name === 'portal-trouble' ? 'not-ready' : 'ready';
            await page.locator(`#summary[data-state=${state}]`).waitFor();
          }
          if (name === 'portal-history') {
            await page.locator('.history summary').first().click();
            const fills = await page.evaluate<string[]>(
              `['none', 'up', 'partly', 'down'].flatMap((state) => {
                const bar = document.querySelector('.days [data-day=' + state + ']');
                return bar === null ? [] : [getComputedStyle(bar).fill];
              })`,
            );
            equal(new Set(fills).size, 4, 'days of each state have a colour of their own');
            await page.evaluate(`document.querySelectorAll('main > :not(.history)').forEach((one) => one.remove())`);
          }
          deepEqual(await violations(page), []);
          deepEqual(await askPage(page, fitting), [width, 0]);
          await keepPicture(page, `${name}.${language}`);
          complaints.splice(0, complaints.length, ...complaints.filter((text) => !/404/.test(text)));
        });
      });

  // These need a whole platform and an account (walks.test.ts, launcher.test.ts): here are fictitious pages, light and dark.
  const { addresses: assets } = loadAssets();
  const visitor = { name: 'Nilufar Karimova', csrf: 'key' };
  const invented = [
    ...Object.entries(applicationPages).map(([name, made]) => ({ name, made, section: 'applications' as const })),
    ...Object.entries(dataPages).map(([name, made]) => ({ name, made, section: 'applications' as const })),
    ...Object.entries({ ...explorerPages, ...launcherPages }).map(([name, made]) => ({
      ...{ name, made },
      section: name.startsWith('requests') ? ('applications' as const) : ('explorer' as const),
    })),
  ];
  for (const [at, [language, width]] of languages.entries())
    for (const { name, made, section } of invented.filter((_, n) => isFull || n % languages.length === at))
      it(`${name}, ${language} at ${String(width)} px`, async () => {
        const frame: PortalPage = { ...{ language, assets, visitor, hasSignIn: true }, root: '../', section };
        const html = made(frame);
        const where = { browser, url: `${installation.url}/${section}/${name}`, html, keeps: true };
        const colorScheme = language === 'ru' ? ('dark' as const) : ('light' as const);
        await inPage(where, { viewport: { width, height: 900 }, colorScheme }, async (page) => {
          deepEqual(await violations(page), []);
          deepEqual(await askPage(page, fitting), [width, 0]);
          await keepPicture(page, `${name}.${language}`);
        });
      });

  it('end each sentence with one full stop, also behind a date that ends with one', () => {
    for (const [language] of languages)
      for (const { name, made, section } of invented) {
        const html = made({ ...{ language, assets, visitor, hasSignIn: true }, root: './', section });
        const [wrong] = /.{30}(?<!\.)\.\.(?![./])/u.exec(html.replaceAll(/<[^>]*>/g, ' ')) ?? [];
        equal(wrong, undefined, `${name} ${language}`);
      }
  });
});
