import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chooseLanguage } from '../src/http/language.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('the language of Accept-Language, Uzbek by default', () => {
  const cases = [
    [undefined, 'uz'],
    ['', 'uz'],
    ['ru', 'ru'],
    ['ru-RU,ru;q=0.9,en;q=0.8', 'ru'],
    ['en-US', 'en'],
    ['EN', 'en'],
    ['uz-Latn-UZ', 'uz'],
    ['uz-Cyrl, ru;q=0.5', 'ru'],
    ['uz-Cyrl', 'uz'],
    ['de, fr;q=0.5', 'uz'],
    ['de, en;q=0.1', 'en'],
    ['en;q=0.3, ru;q=0.7', 'ru'],
    ['ru;q=0.5, en;q=0.5', 'ru'],
    ['*', 'uz'],
    ['uz;q=0', 'ru'],
    ['uz;q=0, ru;q=0', 'en'],
    ['en;q=nonsense, ru', 'ru'],
  ] as const;
  for (const [header, expected] of cases) assert.equal(chooseLanguage(header, 'uz'), expected, header);
  assert.equal(chooseLanguage(undefined, 'en'), 'en');
});

test('an error speaks the language of the caller; diagnostics stay English', async () => {
  const sentences = {
    uz: 'Patient/x topilmadi. Identifikatorni va muhitni tekshiring.',
    ru: 'Patient/x не найден. Проверьте идентификатор и среду.',
    en: 'Patient/x was not found. Check the id and the environment.',
  };
  for (const [language, sentence] of Object.entries(sentences)) {
    const reply = await server.request('GET', '/Patient/x', { headers: { 'accept-language': language } });
    assert.equal(reply.sentence, sentence);
    assert.equal(reply.diagnostics, 'Patient/x has never existed here.');
    assert.equal(reply.headers.get('content-language'), language);
    assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
    assert.equal(reply.json['language'], language);
  }
});
