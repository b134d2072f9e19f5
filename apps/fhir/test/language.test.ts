import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

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
