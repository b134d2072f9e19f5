import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FhirStore } from '@dhp/fhir-store';
import { errorCatalogue, type ErrorCode } from '../src/index.ts';
import { errorsDocument, writtenDocument } from '../src/errors-doc.ts';
import { startServer } from './environment.ts';

test('docs/errors.md is what the catalogue says', () => {
  assert.equal(writtenDocument(), errorsDocument(), 'run: node apps/fhir/src/errors-doc.ts --write');
});

test('no place of the document is left open, and every code has a section', () => {
  const text = errorsDocument();
  assert.doesNotMatch(text, /\{\{\w+\}\}/);
  for (const code of Object.keys(errorCatalogue)) assert.ok(text.includes(`\n#### ${code}\n`), code);
});

test('the sentences of all languages use values that the failure gives', () => {
  const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
    const { text, example } = errorCatalogue[code];
    const given = new Set(names(text.uz));
    for (const sentence of [text.ru, text.en]) {
      assert.deepEqual(
        names(sentence).filter((name) => !given.has(name)),
        [],
        code,
      );
    }
    assert.deepEqual(Object.keys(example.values).sort(), [...given].sort(), code);
  }
});

test('who has passed a limit is told a way around it, in every language', () => {
  const limits = ['too-costly', 'too-long', 'timeout', 'throttled', 'transient', 'incomplete'];
  const sentences = (text: string): number => text.split(/[.;](?:[\s{}]|$)/).filter((part) => part !== '').length;
  for (const [code, { issue, text, remedy }] of Object.entries(errorCatalogue)) {
    if (!limits.includes(issue)) continue;
    assert.notEqual(remedy, '', code);
    for (const told of Object.values(text)) assert.ok(sentences(told) > 1, `${code}: ${told}`);
  }
});

test('Uzbek is written in Latin script with its own letters', () => {
  for (const [code, { text }] of Object.entries(errorCatalogue)) {
    assert.doesNotMatch(text.uz, /[\u0400-\u04ff]/, code);
    assert.doesNotMatch(text.uz, /[oOgG]['’‘`]/, `${code}: oʻ and gʻ take U+02BB`);
    assert.match(text.ru, /[\u0400-\u04ff]/, code);
  }
});

test('an unexpected error is an incident: its number goes out, nothing else', async (t) => {
  const lines: string[] = [];
  const broken = {
    memory: (_name, empty) => empty,
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
