/**
 * Parts of the explorer: permitted targets and header fields of a call, and the shown part of an answer, for any input of a visitor or a
 * server.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerSection } from '../src/explorer/answer.ts';
import { issuesIn } from '../src/explorer/outcome.ts';
import { shownText } from '../src/explorer/shown-json.ts';
import type { Shown } from '../src/explorer/shown.ts';
import { pathBelow, targetOf } from '../src/explorer/target.ts';
import { headersIn } from '../src/explorer/typed.ts';
import type { Page } from '../src/page/layout.ts';

const internal = 'http://127.0.0.1:8080/fhir';
const published = 'https://playground.example.uz/fhir';

describe('a path', () => {
  for (const [given, at] of [
    ['/Patient?name=Karimova', '/Patient?name=Karimova'],
    ['Patient/1', '/Patient/1'],
    ['', '/'],
    ['//Patient', '/Patient'],
    ['/metadata#x', '/metadata'],
    [`${published}/Patient/1/_history/2`, '/Patient/1/_history/2'],
    ['/Patient?name=%D0%9A', '/Patient?name=%D0%9A'],
    ['/Patient/$everything', '/Patient/$everything'],
    ['/a:b@c', '/a:b@c'],
  ] as const)
    test(`leads below the base: ${given}`, () => {
      const url = targetOf(internal, published, given);
      assert.ok(url);
      assert.equal(url.origin, 'http://127.0.0.1:8080');
      assert.equal(pathBelow(internal, url), at);
    });

  const elsewhere = [
    ...[
      'http://evil.example/',
      'https://playground.example.uz.evil.example/fhir/Patient',
      'ftp://x',
      'javascript:alert(1)',
      'file:///etc/passwd',
    ],
    ...[
      '/../admin',
      '/../../etc/passwd',
      '..',
      '/Patient/../../oauth',
      '/%2e%2e/admin',
      '/.%2E/admin',
      '/Patient/%2e%2e/%2e%2e/x',
    ],
    ...[
      '/\\evil.example',
      '\\\\evil.example',
      '/Patient name',
      '/Patient\r\nHost: evil',
      '/Patient\tx',
      '/\u0000',
      '/a'.repeat(3000),
    ],
    ...['http:/Patient', 'HTTP://127.0.0.1:5432/', '@evil.example:x', `${published}/../../x`],
  ];
  for (const given of elsewhere)
    test(`leads nowhere else: ${JSON.stringify(given.slice(0, 60))}`, () => {
      const url = targetOf(internal, published, given);
      if (url === undefined) return;
      assert.equal(url.origin, 'http://127.0.0.1:8080');
      assert.ok(url.pathname.startsWith('/fhir/'), url.href);
      assert.equal(url.username + url.password, '');
    });

  test('leads below a base without a path', () => {
    const url = targetOf('http://127.0.0.1:9000', 'https://sso.example.uz', '/.well-known/openid-configuration');
    assert.equal(url?.href, 'http://127.0.0.1:9000/.well-known/openid-configuration');
  });
});

describe('header fields', () => {
  test('of the call are taken, one per line', () => {
    assert.deepEqual(headersIn('If-Match: W/"3"\r\n\n  prefer :return=minimal '), {
      headers: { 'if-match': 'W/"3"', prefer: 'return=minimal' },
    });
    assert.deepEqual(headersIn(''), { headers: {} });
  });
  for (const line of [
    'Authorization: Bearer x',
    'Host: evil.example',
    'Cookie: a=b',
    'X-Forwarded-For: 1.2.3.4',
    'Content-Length: 7',
    'Transfer-Encoding: chunked',
    'Connection: close',
    'Prefer',
    'If-Match: \u0430',
    'If-Match: a\u0000b',
    ': x',
    '__proto__: x',
  ])
    test(`are refused: ${JSON.stringify(line)}`, () => assert.ok('wrong' in headersIn(line)));

  for (const space of [' ', '\t', '\r', '\u2028', ' \r'])
    test(`are read in a time that grows with them alone, whatever surrounds them: ${JSON.stringify(space)}`, () => {
      const many = space.repeat(200_000);
      const texts = [`accept:${many}a\rb`, `accept${many}x`, `${many}accept`, `accept:a${many}b`, `${many}:${many}`];
      const began = performance.now();
      for (const text of texts) headersIn(text);
      assert.ok(performance.now() - began < 2_000);
      assert.deepEqual(headersIn(`${' '.repeat(9)}Accept${' '.repeat(9)}:${' '.repeat(9)}a b${' '.repeat(9)}`), {
        headers: { accept: 'a b' },
      });
    });
});

describe('an answer', () => {
  const follow = (value: string): string | undefined => (value.startsWith('Patient/') ? `/${value}` : undefined);
  const text = (given: string): string => shownText(given, follow).lines.map(String).join('\n');

  test('is shown in lines, numbers with their digits', () => {
    assert.equal(
      text('{"a":1.50,"b":1e400,"c":[12345678901234567890]}')
        .replaceAll(/<\/?b>/g, '')
        .replaceAll('&#34;', '"'),
      '{\n  "a": 1.50,\n  "b": 1e400,\n  "c": [\n    12345678901234567890\n  ]\n}',
    );
  });

  test('has buttons where a reference leads on', () => {
    assert.match(
      text('{"subject":{"reference":"Patient/1"}}'),
      /<button[^>]*name="follow" value="\/Patient\/1" form="call">/,
    );
    assert.doesNotMatch(text('{"subject":{"display":"Patient/1"},"reference":"urn:x"}'), /<button/);
  });

  test('is text, whatever is in it', () => {
    for (const hostile of [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onfocus='x",
      '</code></pre>',
      '\\"<b>',
    ]) {
      for (const body of [
        JSON.stringify({ [hostile]: hostile, reference: `Patient/${hostile}` }),
        hostile,
        `{"a":${hostile}}`,
      ]) {
        const shown = text(body).replaceAll(
          /<\/?(?:b|i)>|<button class="follow" name="follow" value="[^"<>]*" form="call">|<\/button>/g,
          '',
        );
        assert.doesNotMatch(shown, /[<>]/, body);
      }
    }
  });

  test('is not much longer than the answer, however deep it is', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"a":', '}]'],
    ] as const)
      for (const depth of [50, 800, 100_000]) {
        const given = `${open.repeat(depth)}[${'1,'.repeat(10_000)}1]${close.repeat(depth)}`;
        const { lines } = shownText(given, follow);
        const length = lines.reduce((sum, line) => sum + String(line).length, 0);
        assert.ok(length < 1_000_000 + 4 * given.length, `${open} ${String(depth)}: ${String(length)}`);
      }
    const began = performance.now();
    for (const cut of ['"\\"', '"', '\\', '"a\\']) shownText(`["${cut.repeat(120_000)}`, follow);
    assert.ok(performance.now() - began < 10_000, 'of an answer that was cut no part is read twice');
    const quoted = JSON.stringify({ a: '['.repeat(500), b: 1 });
    assert.equal(shownText(quoted, follow).lines.length, 4, 'what stands in a text is no level');
  });

  test('is cut where it has more lines than a person reads', () => {
    const { lines, isCut } = shownText(JSON.stringify(Array.from({ length: 9_000 }, () => 1)), follow);
    assert.deepEqual([lines.length, isCut], [5_000, true]);
  });
});

describe('an OperationOutcome', () => {
  const line = { url: 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line', valueInteger: 3 };
  test('has its issues with their lines', () => {
    const issue = {
      severity: 'error',
      details: { text: 'Wrong', coding: [{ code: 'invalid-x' }] },
      expression: ['Patient.x'],
      extension: [line],
    };
    assert.deepEqual(issuesIn(JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] })), [
      { severity: 'error', text: 'Wrong', code: 'invalid-x', expression: 'Patient.x', line: 3, column: undefined },
    ]);
  });
  for (const body of ['', '[]', 'null', '{"resourceType":"Patient"}', '{"resourceType":"OperationOutcome","issue":7}'])
    test(`is not ${body}`, () => assert.deepEqual(issuesIn(body), []));
  test('may be anything', () => {
    for (const issue of [
      null,
      7,
      'x',
      {},
      { details: null },
      { details: 7 },
      { extension: 7 },
      { expression: {} },
      { details: { coding: 7 } },
    ])
      assert.doesNotThrow(
        () => issuesIn(JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] })),
        JSON.stringify(issue),
      );
  });
});

describe('the page of an answer', () => {
  const server = { internal, published };
  const typed = { server: 'fhir', application: '', method: 'POST', path: '/Patient', headers: '', body: '' } as const;
  const pageOf = (sent: string, outcome: object = {}): string => {
    const answered = { status: 400, headers: [], milliseconds: 1, body: JSON.stringify(outcome), isCut: false };
    const shown = { typed, servers: { fhir: server, sso: server } } as unknown as Shown;
    const call = { method: 'POST', url: `${published}/Patient`, headers: {}, body: sent, hasToken: false };
    return String(answerSection({ language: 'en', root: './' } as unknown as Page, shown, { answered, sent: call }));
  };
  const url = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line';
  const outcomeAt = (lines: readonly number[]): object => ({
    resourceType: 'OperationOutcome',
    issue: lines.map((line) => ({ severity: 'error', extension: [{ url, valueInteger: line }] })),
  });
  const shownLines = (html: string): number[] => [...html.matchAll(/id="line-(\d+)"/g)].map(([, line]) => Number(line));

  for (const sign of ['"', '<', '\n', '\\', "'", '\u0001', 'a'])
    test(`is small whatever was sent: ${JSON.stringify(sign)} two million times`, () => {
      const html = pageOf(sign.repeat(2_000_000), outcomeAt([1, 1_000_000, 5_000_000, -7]));
      assert.ok(html.length < 300_000, String(html.length));
    });

  test('has a body of usual length with all its lines, and as programs', () => {
    const html = pageOf('{\n'.repeat(1_999), outcomeAt([2]));
    assert.equal(shownLines(html).length, 2_000);
    assert.match(html, /id="snippet-6"/);
  });

  test('has of a longer one the lines around each issue, by their numbers', () => {
    const html = pageOf('{\n'.repeat(50_000), outcomeAt([1, 40_000, 40_001]));
    assert.deepEqual(shownLines(html), [1, 2, 3, 4, ...Array.from({ length: 8 }, (_, index) => 39_997 + index)]);
    assert.equal(html.split('class="marked"').length, 4);
    assert.doesNotMatch(html, /id="snippet-/);
  });
});
