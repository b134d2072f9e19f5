/**
 * Lines of programs that make a call. Those of curl, JavaScript and, if installed, Python are run; the texts in the others are parsed by
 * the rules of each language. Each makes the same request, whatever its texts contain.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { snippetIn, snippetLanguages, type Snippet, type SnippetLanguage } from '../src/explorer/snippets.ts';

const run = promisify(execFile);

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let seen: Seen[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers: headers as Record<string, string>, body: Buffer.concat(parts).toString() });
    response.writeHead(200, { 'content-type': 'text/plain' }).end('done');
  });
});
let base = '';
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** Texts that end a text of some language, or mean something within one. */
const hostile = [
  'plain',
  `it's "quoted" and \`ticked\``,
  '$TOKEN ${TOKEN} $(touch /tmp/x) `id` %PATH% #{x} {0} {{x}}',
  'back\\slash \\n \\u0041 \\\\ \\',
  "'; rm -rf / #",
  '"; process.exit(7); //',
  '@/etc/passwd',
  'a\nb\tc\rd',
  'Қодирова 🦆 \u2028 \u2029 \u0085',
  '<?php ?> </script>',
  '\'\'\' """ R"(x)"',
];

const callOf = (text: string): Snippet => ({
  ...{ method: 'POST', url: `${base}/fhir/Patient?name=${encodeURIComponent(text)}&a[b]={c}&d='e'`, hasToken: true },
  headers: {
    prefer: 'return=minimal',
    'content-type': 'application/fhir+json',
    'if-none-exist': `name='${encodeURIComponent(text)}'`,
  },
  body: JSON.stringify({ resourceType: 'Patient', name: [{ text }] }, undefined, 2),
});

/** A program that runs the lines. */
const programs: Partial<Record<SnippetLanguage, (lines: string) => [string, string[]]>> = {
  curl: (lines) => ['sh', ['-c', lines]],
  JavaScript: (lines) => [process.execPath, ['--input-type=module', '-e', lines]],
  Python: (lines) => ['python3', ['-c', lines]],
};

describe('lines that are run', () => {
  for (const language of ['curl', 'JavaScript', 'Python'] as const) {
    test(`${language}: make the same request`, async (context) => {
      const [name] = programs[language]!('');
      const isThere = await run(name, name === 'sh' ? ['-c', 'curl --version'] : ['--version']).then(
        () => true,
        () => false,
      );
      if (!isThere) {
        assert.equal(language, 'Python', `${name} is needed for this test`);
        context.skip('there is no python3 here');
        return;
      }
      for (const text of hostile) {
        const call = callOf(text);
        seen = [];
        const [program, given] = programs[language]!(snippetIn(language, call));
        const { stdout } = await run(program, given, { env: { ...process.env, TOKEN: 'token-1' }, timeout: 60_000 });
        assert.match(stdout, /200/);
        const [request, ...others] = seen;
        assert.equal(others.length, 0);
        assert.equal(request!.method, 'POST');
        assert.equal(new URL(request!.url, base).searchParams.get('name'), text);
        assert.equal(request!.body, call.body, text);
        assert.equal(request!.headers['authorization'], 'Bearer token-1');
        for (const [field, value] of Object.entries(call.headers)) assert.equal(request!.headers[field], value, field);
      }
    });
  }

  test('without a token and a body they send neither', async () => {
    for (const language of ['curl', 'JavaScript'] as const) {
      seen = [];
      const call: Snippet = { method: 'GET', url: `${base}/fhir/metadata`, headers: {}, hasToken: false };
      const [program, given] = programs[language]!(snippetIn(language, call));
      await run(program, given, { timeout: 60_000 });
      assert.deepEqual([seen[0]!.method, seen[0]!.body, seen[0]!.headers['authorization']], ['GET', '', undefined]);
    }
  });
});

/** Texts of a program in double quotes, as Java, C# and Go parse them; of PHP, in single quotes. Fails if a text does not end. */
function textsOf(lines: string, language: 'Java' | 'C#' | 'Go' | 'PHP'): string[] {
  const quote = language === 'PHP' ? "'" : '"';
  const texts: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at] !== quote) continue;
    let text = '';
    for (at += 1; lines[at] !== quote; at += 1) {
      const sign = lines[at];
      assert.ok(sign !== undefined, 'a text does not end');
      if (language !== 'PHP') assert.notEqual(sign, '\n', 'a text ends with its line');
      if (sign !== '\\') text += sign;
      else {
        at += 1;
        [text, at] = escaped(lines, at, text, language);
      }
    }
    texts.push(text);
  }
  return texts;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', '\\': '\\' };

function escaped(lines: string, at: number, text: string, language: string): [string, number] {
  const sign = lines[at]!;
  // PHP keeps a backslash before every other character.
  if (language === 'PHP') return [text + (sign === "'" || sign === '\\' ? sign : `\\${sign}`), at];
  if (sign === 'u') {
    const digits = lines.slice(at + 1, at + 5);
    assert.match(digits, /^[\da-f]{4}$/);
    const code = parseInt(digits, 16);
    assert.ok(code < 0xd800 || code > 0xdfff, 'Go has no half of a character');
    // Java decodes these before parsing, so they would end the text or the line.
    assert.ok(![0x0a, 0x0d, 0x22, 0x5c].includes(code));
    return [text + String.fromCharCode(code), at + 4];
  }
  const meant = escapes[sign];
  assert.ok(meant !== undefined, `${language} has no \\${sign}`);
  return [text + meant, at];
}

describe('lines that are read', () => {
  for (const language of ['Java', 'C#', 'Go', 'PHP'] as const)
    for (const text of [...hostile, '\ud800 half'])
      test(`${language}: have the address, the header fields and the body: ${JSON.stringify(text).slice(0, 40)}`, () => {
        const call = callOf(text.toWellFormed());
        const texts = textsOf(snippetIn(language, { ...call, body: JSON.stringify({ text }) + text }), language);
        assert.ok(texts.includes(call.url));
        assert.ok(texts.includes((JSON.stringify({ text }) + text).toWellFormed()), language);
        const field = call.headers['if-none-exist']!;
        assert.ok(texts.includes(language === 'PHP' ? `if-none-exist: ${field}` : field));
      });

  test('no language is left out', () => {
    assert.equal(snippetLanguages.length, 7);
    for (const language of snippetLanguages) assert.match(snippetIn(language, callOf('x')), /TOKEN/);
  });
});
