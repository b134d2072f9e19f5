import { equal } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageLanguage } from '../src/language.ts';

describe('the language of a page', () => {
  const cases: [wishes: Parameters<typeof pageLanguage>[0], chosen: string][] = [
    [{}, 'uz'],
    [{ lang: 'ru', cookie: 'dhp_lang=en', acceptLanguage: 'en' }, 'ru'],
    [{ lang: 'de', cookie: 'dhp_lang=en', acceptLanguage: 'ru' }, 'en'],
    [{ lang: ['ru', 'en'], acceptLanguage: 'en' }, 'en'],
    [{ cookie: 'a=b; dhp_lang=ru; c=d' }, 'ru'],
    [{ cookie: 'dhp_lang=xx', acceptLanguage: 'en' }, 'en'],
    [{ cookie: '__Host-dhp_lang=ru' }, 'ru'],
    [{ cookie: '__Secure-dhp_lang=xx; dhp_lang=ru' }, 'ru'],
    [{ cookie: 'xdhp_lang=ru' }, 'uz'],
    [{ acceptLanguage: 'en;q=0.5, ru;q=0.9' }, 'ru'],
    [{ acceptLanguage: 'de, fr;q=0.9, en-GB;q=0.3' }, 'en'],
    [{ acceptLanguage: 'uz-Cyrl-UZ, ru;q=0.5' }, 'uz-Cyrl'],
    [{ lang: 'uz-Cyrl', acceptLanguage: 'en' }, 'uz-Cyrl'],
    [{ cookie: 'dhp_lang=uz-Cyrl', acceptLanguage: 'en' }, 'uz-Cyrl'],
    [{ acceptLanguage: 'RU-ru' }, 'ru'],
    [{ acceptLanguage: 'de, *;q=0.1' }, 'uz'],
    [{ acceptLanguage: 'ru;q=0, en;q=0.1' }, 'en'],
    [{ acceptLanguage: 'ru;q=2, en;q=0.2' }, 'en'],
    [{ acceptLanguage: 'ru;q=0' }, 'uz'],
    [{ acceptLanguage: ';;;,,=' }, 'uz'],
  ];
  for (const [wishes, chosen] of cases) {
    it(`${JSON.stringify(wishes)} gives ${chosen}`, () => equal(pageLanguage(wishes, 'uz'), chosen));
  }

  it('is the default of the installation when nothing else is wished', () => equal(pageLanguage({}, 'en'), 'en'));
});
