/** One rule of languages: the same headers through the function and through the doors of all three servers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chooseLanguage, choosePageLanguage, type Language } from '@dhp/negotiation';
import { startServer, type TestServer } from '../apps/fhir/test/environment.ts';
import { install, type Installation } from '../apps/portal/test/installation.ts';
import { testBed } from '../apps/sso/test/support.ts';

/** Headers with the language that each selects, with Uzbek as the default. */
const headers: readonly (readonly [header: string, language: Language])[] = [
  // Empty, or unreadable as a whole.
  ['', 'uz'],
  [',', 'uz'],
  [';;;,,=', 'uz'],
  ['*', 'uz'],
  ['*;q=0.1', 'uz'],
  ['de', 'uz'],
  ['de, fr;q=0.5', 'uz'],
  ['english', 'uz'],
  ['e', 'uz'],
  ['en_US', 'uz'],
  ['en--US', 'uz'],
  ['en-', 'uz'],
  ['eng', 'uz'],
  ['q=1', 'uz'],
  ['ru q=1', 'uz'],
  // One language, in any case, of any country.
  ['uz', 'uz'],
  ['ru', 'ru'],
  ['EN', 'en'],
  ['en-US', 'en'],
  ['RU-ru', 'ru'],
  ['ru-Cyrl-KZ', 'ru'],
  ['en-GB-oxendict', 'en'],
  ['en-a-bbb-x-y', 'en'],
  [' \t ru \t ', 'ru'],
  // Uzbek in any script.
  ['uz-UZ', 'uz'],
  ['uz-Latn', 'uz'],
  ['uz-Latn-UZ', 'uz'],
  ['uz-Cyrl', 'uz'],
  ['uz-Cyrl-UZ', 'uz'],
  ['uz-Arab-AF', 'uz'],
  ['uz-Cyrl, ru;q=0.5', 'uz'],
  ['ru, uz-Cyrl', 'ru'],
  ['ru;q=0.4, uz-Cyrl;q=0.5', 'uz'],
  // The supported language with the highest weight, the first of equals.
  ['ru-RU,ru;q=0.9,en;q=0.8', 'ru'],
  ['en;q=0.3, ru;q=0.7', 'ru'],
  ['ru;q=0.5, en;q=0.5', 'ru'],
  ['en;q=0.5, ru;q=0.5', 'en'],
  ['de, en;q=0.1', 'en'],
  ['de, fr;q=0.9, en-GB;q=0.3', 'en'],
  ['en;q=0.001, ru;q=0.002', 'ru'],
  ['en ; Q = 0.5 , ru ; q = 0.6', 'ru'],
  ['en;q=0.12345, ru;q=0.2', 'ru'],
  ['en;q=1.000, ru', 'en'],
  ['en;q=0., ru;q=0.1', 'ru'],
  // An unreadable member is ignored.
  ['en;q=nonsense, ru', 'ru'],
  ['en;q=nonsense', 'uz'],
  ['ru;q=2, en;q=0.2', 'en'],
  ['ru;q=-1, en;q=0.2', 'en'],
  ['ru;q=1.1, en;q=0.2', 'en'],
  ['ru;q=, en;q=0.2', 'en'],
  ['ru;level=1, en;q=0.2', 'en'],
  ['ru;q=0.5;q=0.9, en;q=0.2', 'en'],
  // A weight of 0 refuses.
  ['uz;q=0', 'ru'],
  ['uz;q=0.000', 'ru'],
  ['uz-Latn;q=0', 'ru'],
  ['uz-Cyrl;q=0', 'uz'],
  ['ru;q=0', 'uz'],
  ['ru;q=0, en;q=0.1', 'en'],
  ['ru-RU, ru;q=0, en;q=0.1', 'en'],
  ['ru-RU;q=0, ru;q=0.1', 'ru'],
  ['uz;q=0, ru;q=0', 'en'],
  ['uz;q=0, ru;q=0, en;q=0', 'uz'],
  // `*` stands for the languages that are not listed.
  ['de, *;q=0.1', 'uz'],
  ['*, uz;q=0.5', 'ru'],
  ['*, uz;q=0.5, ru;q=0.4', 'en'],
  ['en;q=0.5, *', 'uz'],
  ['uz;q=0, *', 'ru'],
  ['en, *;q=0', 'en'],
  ['*;q=0', 'uz'],
];

/** Pages are in both scripts of Uzbek; OperationOutcomes are not. */
const inCyrillic = new Set(['uz-Cyrl', 'uz-Cyrl-UZ', 'uz-Cyrl, ru;q=0.5', 'ru;q=0.4, uz-Cyrl;q=0.5']);

const bed = await testBed();
let fhir: TestServer;
let portal: Installation;
let sso: string;
before(async () => {
  [fhir, portal, { url: sso }] = await Promise.all([startServer(), install(), bed.start()]);
});
after(() => Promise.all([fhir.close(), portal.close()]));

/** One door of each server: a failure, a page, a page. */
async function answers(header: string): Promise<Record<string, string | null>> {
  const get = async (url: string): Promise<string | null> => {
    const response = await fetch(url, { headers: { 'accept-language': header } });
    await response.arrayBuffer();
    return response.headers.get('content-language');
  };
  const failed = await fhir.request('GET', '/Patient/x', { headers: { 'accept-language': header } });
  return {
    fhir: failed.headers.get('content-language'),
    sso: await get(`${sso}/`),
    portal: await get(`${portal.url}/`),
  };
}

describe('the language of a header', () => {
  it('is the one of the rule, through every door', async () => {
    for (const [header, language] of headers) {
      assert.equal(chooseLanguage(header, 'uz'), language, header);
      const page = inCyrillic.has(header) ? 'uz-Cyrl' : language;
      assert.equal(choosePageLanguage(header, 'uz'), page, header);
      assert.deepEqual(await answers(header), { fhir: language, sso: page, portal: page }, header);
    }
  });

  it('gives way to `ui_locales`, of which the first counts that is one of ours', async () => {
    for (const [asked, language] of [
      ['ru', 'ru'],
      ['ru-RU', 'ru'],
      ['de en-GB ru', 'en'],
      ['uz-Cyrl-UZ en', 'uz-Cyrl'],
      ['de', 'ru'],
    ] as const) {
      const page = await fetch(`${sso}/?ui_locales=${encodeURIComponent(asked)}`, {
        headers: { 'accept-language': 'ru' },
      });
      await page.arrayBuffer();
      assert.equal(page.headers.get('content-language'), language, asked);
    }
  });

  it('is the default of the installation where nothing is said', () => {
    for (const fallback of ['uz', 'ru', 'en'] as const) {
      assert.equal(chooseLanguage(undefined, fallback), fallback);
      assert.equal(chooseLanguage('de, *;q=0.1', fallback), fallback);
    }
    assert.equal(chooseLanguage('en;q=0', 'en'), 'uz');
  });
});
