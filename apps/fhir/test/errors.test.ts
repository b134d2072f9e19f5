import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FhirStore } from '@dhp/fhir-store';
import { render, type Message } from '@dhp/messages';
import { languages, type Language } from '@dhp/negotiation';
import { errorCatalogue, type ErrorCode } from '../src/index.ts';
import { errorMessages } from '../src/texts/error.ts';
import { errorRemedyMessages } from '../src/texts/error-remedy.ts';
import { errorPages, writtenErrorPages } from '../src/error-pages.ts';
import { errorsDocument, writtenDocument } from '../src/errors-doc.ts';
import { startServer } from './environment.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

const isCode = (text: string): text is ErrorCode => Object.hasOwn(errorCatalogue, text);

test('docs/errors.md is what the catalogue says', () => {
  assert.equal(writtenDocument(), errorsDocument(), 'run: node apps/fhir/src/errors-doc.ts --write');
});

test('the pages at the portal are what the catalogue says', () => {
  assert.equal(writtenErrorPages(), errorPages(), 'run: node apps/fhir/src/errors-doc.ts --write');
});

test('no place of the document is left open, and every code has a section', () => {
  const text = errorsDocument();
  assert.doesNotMatch(text, /\{\{\w+\}\}/);
  for (const code of codes) assert.ok(text.includes(`\n#### ${code}\n`), code);
});

test('where a page names a status with a code, the code has that status', () => {
  const docs = new URL('../../../docs/', import.meta.url);
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const named = pages.flatMap((page) => {
    const text = readFileSync(new URL(page, docs), 'utf8').replaceAll(/\s+/g, ' ');
    // Matches `403 `scope-outside`` or `503 with the code `writes-blocked``: the last status before the code, in the same clause.
    const pairs = text.matchAll(/\b([45]\d\d)(?:(?!\b[1-5]\d\d\b)[^`.|;]){0,60}`([a-z]+(?:-[a-z]+)+)`/g);
    return [...pairs].flatMap(([, status, code]) =>
      code !== undefined && isCode(code) ? [{ page, code, status: Number(status) }] : [],
    );
  });
  assert.ok(named.length > 30, String(named.length));
  assert.deepEqual(
    named.filter(({ code, status }) => errorCatalogue[code].status !== status),
    [],
  );
});

const sentenceOf = (code: ErrorCode, language: Language): string =>
  render<Message>(errorMessages[language][code], errorCatalogue[code].example.values);

test('every code has its sentences, and no sentence is without a code', () => {
  for (const language of languages) assert.deepEqual(Object.keys(errorMessages[language]).sort(), [...codes].sort());
});

test('the sentences of all languages use the values of the example, and no others', () => {
  for (const code of codes) {
    for (const language of languages) {
      const used = new Set<string>();
      const watched = new Proxy({}, { get: (_, name) => (used.add(String(name)), 'x') });
      render<Message>(errorMessages[language][code], watched);
      assert.deepEqual(
        [...used].sort(),
        Object.keys(errorCatalogue[code].example.values).sort(),
        `${code} ${language}`,
      );
    }
  }
});

test('who has passed a limit is told a way around it, in every language', () => {
  const limits = ['too-costly', 'too-long', 'timeout', 'throttled', 'transient', 'incomplete'];
  const sentences = (text: string): number => text.split(/[.;](?:[\s{}]|$)/).filter((part) => part !== '').length;
  for (const code of codes.filter((each) => limits.includes(errorCatalogue[each].issue))) {
    for (const language of languages) assert.notEqual(errorRemedyMessages[language][code], '', code);
    for (const told of languages.map((language) => sentenceOf(code, language))) {
      assert.ok(sentences(told) > 1, `${code}: ${told}`);
    }
  }
});

test('Uzbek is written in Latin script with its own letters', () => {
  for (const code of codes) {
    assert.doesNotMatch(sentenceOf(code, 'uz'), /[\u0400-\u04ff]/, code);
    assert.doesNotMatch(sentenceOf(code, 'uz'), /[oOgG]['’‘`]/, `${code}: oʻ and gʻ take U+02BB`);
    assert.match(sentenceOf(code, 'ru'), /[\u0400-\u04ff]/, code);
  }
});

test('an unexpected error is an incident: its number goes out, nothing else', async (t) => {
  const lines: string[] = [];
  const broken = {
    memory: (_name, empty) => empty,
    accessPolicies: () => Promise.resolve({ generation: 0, version: undefined, text: undefined }),
    read: () => Promise.reject(new Error('secret: password=hunter2')),
  } satisfies Partial<FhirStore> as unknown as FhirStore;
  const logger = { level: 'error', stream: { write: (line: string) => lines.push(line) } };
  const server = await startServer({ store: broken, logger });
  t.after(() => server.close());
  const reply = await server.request('GET', '/Patient/1');
  assert.equal(reply.status, 500);
  assert.equal(reply.code, 'internal-error');
  assert.doesNotMatch(reply.text, /secret|hunter2|Error/);
  const incident = /[0-9a-f-]{36}/.exec(reply.diagnostics)?.[0] ?? 'none';
  assert.ok(reply.sentence.includes(incident));
  const logged = lines.map((line) => JSON.parse(line) as { incident: string; err: { message: string } });
  assert.deepEqual(
    logged.map((line) => [line.incident, line.err.message]),
    [[incident, 'secret: password=hunter2']],
  );
});

test('an answer that is an error leads to the page of its code, whatever refuses it', async (t) => {
  const server = await startServer({ errorPages: 'https://portal.test/errors', bodyLimit: 2000 });
  t.after(() => server.close());
  const json = { 'content-type': 'application/fhir+json' };
  const parameters = JSON.stringify({ resourceType: 'Parameters', parameter: [] });
  for (const [code, method, path, options] of [
    ['token-missing', 'GET', '/Patient/1', { token: null }],
    ['resource-not-found', 'GET', '/Patient/1', {}],
    ['url-malformed', 'GET', '/Patient/%E0', {}],
    ['body-too-large', 'POST', '/Patient', { headers: json, body: 'x'.repeat(3000) }],
    ['json-invalid', 'POST', '/Patient', { headers: json, body: '{' }],
    ['terminology-refused', 'POST', '/ValueSet/$expand', { headers: json, body: parameters }],
  ] as const) {
    const reply = await server.request(method, path, options);
    assert.equal(
      reply.headers.get('link'),
      `<https://portal.test/errors/${code}>; rel="help"`,
      `${path}: ${reply.text}`,
    );
  }
  assert.equal(
    (await server.write('PUT', '/Patient/1', { resourceType: 'Patient', id: '1' })).headers.get('link'),
    null,
  );
});
