import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFull } from '../../../tests/sample.ts';
import { decodeJson, JsonSyntaxError, scanJson, scanJsonInParts } from '../src/index.ts';
import { mutated, randomDocument, randomSource } from './random-json.ts';

function failureOf(text: string, options?: { maxDepth?: number }): JsonSyntaxError {
  try {
    scanJson(text, options);
  } catch (error) {
    assert.ok(error instanceof JsonSyntaxError, String(error));
    return error;
  }
  assert.fail(`accepted: ${text.slice(0, 80)}`);
}

describe('scanJson reads a long string as a short one', () => {
  // A thousand and some characters are read in one way, those behind them in another.
  const places = [0, 1, 1_020, 1_021, 1_022, 1_023, 1_024, 1_025, 1_026, 2_047, 2_048, 2_049, 70_000];
  const accepted = ['\\\\', '\\"', '\\n', '\\u0416', '\\ud83d\\ude00', '😀', 'Ж', ' ', '!', '\ue000', '\uffff'];
  const refused = [...['\u0000', '\n', '\u001f', '\ud800', '\udc00', '\\u0000', '\\x', '\\ud800'], '"x'];

  it('wherever something unusual stands', () => {
    for (const place of places) {
      for (const part of accepted) {
        for (const more of ['', part, 'y'.repeat(3_000) + part]) {
          const text = `{"a":"${'x'.repeat(place)}${part}${more}","b":1}`;
          const { start, end } = scanJson(text).members.get('a')!;
          assert.deepEqual(JSON.parse(text.slice(start, end)), (JSON.parse(text) as { a: string }).a);
        }
      }
      for (const part of refused) {
        const before = `{"a":"${'x'.repeat(place)}`;
        const { offset } = failureOf(`${before}${part}${'y'.repeat(2_000)}","b":1}`);
        const within = part === '\\x' || part === '"x' ? 1 : 0;
        assert.equal(offset, before.length + within, `${JSON.stringify(part)} at ${place}`);
      }
      assert.equal(failureOf(`{"a":"${'x'.repeat(place)}`).offset, 5);
    }
  });
});

describe('scanJson finds the members that a server sets', () => {
  it('gives the spans of the top-level members and of those of meta', () => {
    const text =
      ' { "resourceType" : "Patient" , "meta":{"versionId":"3", "tag":[{"code":"a"}]},"name":[{"id":"x"}]}\n';
    const source = scanJson(text);
    assert.equal(source.root, 'object');
    assert.equal(source.resourceType, 'Patient');
    const values = (spans: typeof source.members) =>
      Object.fromEntries([...spans].map(([name, { start, end }]) => [name, text.slice(start, end)]));
    assert.deepEqual(values(source.members), {
      resourceType: '"Patient"',
      meta: '{"versionId":"3", "tag":[{"code":"a"}]}',
      name: '[{"id":"x"}]',
    });
    assert.ok(source.metaMembers);
    assert.deepEqual(values(source.metaMembers), { versionId: '"3"', tag: '[{"code":"a"}]' });
    assert.equal(text[source.members.get('meta')!.keyStart], '"');
  });

  it('has no meta members when meta is absent, not an object, or deeper down', () => {
    for (const text of ['{}', '{"meta":[{"a":1}]}', '{"meta":"x"}', '{"x":{"meta":{"a":1}}}', '[{"meta":{"a":1}}]']) {
      assert.equal(scanJson(text).metaMembers, undefined, text);
    }
    assert.deepEqual([...scanJson('{"meta":{}}').metaMembers!], []);
  });

  it('reads escaped keys as what they mean', () => {
    const source = scanJson(String.raw`{"resource\u0054ype":"P\u0061tient","m\u0065ta":{"versionI\u0064":"1"}}`);
    assert.equal(source.resourceType, 'Patient');
    assert.deepEqual([...source.metaMembers!.keys()], ['versionId']);
  });

  it('drops a byte order mark, tells other roots', () => {
    assert.equal(scanJson('\ufeff{"a":1}').text, '{"a":1}');
    const roots = ['[]', '"x"', '-1.5e3', 'true', 'null'].map((text) => scanJson(text).root);
    assert.deepEqual(roots, ['array', 'string', 'number', 'boolean', 'null']);
    assert.equal(scanJson('{"resourceType":5}').resourceType, undefined);
  });
});

describe('scanJson refuses, and says where and why', () => {
  const cases: [text: string, kind: string, line: number, column: number, path: string, reason: RegExp][] = [
    ['', 'syntax', 1, 1, '', /^expected a JSON value but found the end of the text/],
    ['{"a":1 x}', 'syntax', 1, 8, 'a', /^expected ',' or '}' after a member but found 'x'/],
    ['{"a":[1 2]}', 'syntax', 1, 9, 'a[0]', /^expected ',' or ']' after an element but found '2'/],
    ['{"a" 1}', 'syntax', 1, 6, 'a', /^expected ':' after a key but found '1'/],
    ['{"a":1,}', 'syntax', 1, 8, 'a', /no comma may stand before '}'/],
    ['{a:1}', 'syntax', 1, 2, '', /^expected a key in double quotes or '}'/],
    ['[1,]', 'syntax', 1, 4, '[1]', /^expected a JSON value but found ']'/],
    ['{"a":1}}', 'syntax', 1, 8, '', /^expected the end of the text/],
    ['[01]', 'syntax', 1, 2, '[0]', /may not begin with 0/],
    ['[1.]', 'syntax', 1, 4, '[0]', /a digit after '.'/],
    ['[.5]', 'syntax', 1, 2, '[0]', /expected a JSON value/],
    ['[+1]', 'syntax', 1, 2, '[0]', /expected a JSON value/],
    ['[-]', 'syntax', 1, 3, '[0]', /expected a digit/],
    ['[1e]', 'syntax', 1, 4, '[0]', /exponent/],
    ['[NaN]', 'syntax', 1, 2, '[0]', /found 'N'/],
    ['[tru]', 'syntax', 1, 2, '[0]', /found 't'/],
    ["['a']", 'syntax', 1, 2, '[0]', /found '''/],
    ['["a\tb"]', 'syntax', 1, 4, '[0]', /control character U\+0009/],
    [String.raw`["\x"]`, 'syntax', 1, 4, '[0]', /after '\\' but found 'x'/],
    [String.raw`["\u12g4"]`, 'syntax', 1, 7, '[0]', /four hexadecimal digits/],
    ['["abc', 'syntax', 1, 2, '[0]', /expected '"' to end a string/],
    ['{"a":1 /* c */}', 'syntax', 1, 8, 'a', /found '\/'/],
    ['{"a":\u00a01}', 'syntax', 1, 6, 'a', /found '\u00a0'/],
    ['{\r\n "ў😀":\r x}', 'syntax', 3, 2, '`ў😀`', /found 'x'/],
    ['{"ў":"😀"x}', 'syntax', 1, 9, '`ў`', /found 'x'/],
    ['{"resourceType":"Patient","name":[{},{"given":["a",\n  b]}]}', 'syntax', 2, 3, 'Patient.name[1].given[1]', /'b'/],
    ['{"a":{"b":1,"c":2,"b":3}}', 'duplicate-key', 1, 19, 'a.b', /^the key "b" stands twice/],
    [String.raw`{"id":1,"\u0069d":2}`, 'duplicate-key', 1, 9, 'id', /^the key "id" stands twice/],
    [String.raw`["\ud83d"]`, 'lone-surrogate', 1, 3, '[0]', /^lone surrogate \\ud83d/],
    [String.raw`["\ud83d\u0041"]`, 'lone-surrogate', 1, 3, '[0]', /^lone surrogate/],
    [String.raw`["\ude00"]`, 'lone-surrogate', 1, 3, '[0]', /^lone surrogate/],
    ['["\ud83d"]', 'lone-surrogate', 1, 3, '[0]', /^lone surrogate U\+D83D/],
    ['["\ud83d\\ude00"]', 'lone-surrogate', 1, 3, '[0]', /^lone surrogate/],
    [String.raw`{"a":"x\u0000"}`, 'nul', 1, 8, 'a', /U\+0000/],
    ['[1e999]', 'number-range', 1, 2, '[0]', /too large/],
    [`[${'9'.repeat(400)}]`, 'number-range', 1, 2, '[0]', /too large/],
  ];
  for (const [text, kind, line, column, path, reason] of cases) {
    it(`${kind}: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const failure = failureOf(text);
      assert.deepEqual(
        { kind: failure.kind, line: failure.line, column: failure.column, path: failure.path },
        { kind, line, column, path },
      );
      assert.match(failure.message, reason);
      assert.ok(failure.message.endsWith(`(line ${line}, column ${column})`));
    });
  }

  it('nesting beyond the limit, however deep', () => {
    assert.equal(failureOf('['.repeat(10_000)).kind, 'depth');
    assert.equal(failureOf('{"a":'.repeat(10_000)).kind, 'depth');
    assert.equal(failureOf(`${'['.repeat(501)}${']'.repeat(501)}`).column, 501);
    assert.equal(scanJson(`${'['.repeat(500)}${']'.repeat(500)}`).root, 'array');
    assert.equal(failureOf('[[[]]]', { maxDepth: 2 }).kind, 'depth');
    assert.equal(scanJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, { maxDepth: 100_000 }).root, 'array');
  });

  it('duplicates among many keys, and among nested ones', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `"k${i}":{"id":${i},"k${i}":[{"id":1},{"id":1}]}`);
    assert.equal(scanJson(`{${many.join(',')}}`).members.size, 1000);
    for (const again of [0, 23, 24, 25, 998]) {
      const failure = failureOf(`{${many.join(',')},"k${again}":1}`);
      assert.equal(failure.kind, 'duplicate-key');
      assert.equal(failure.path, `k${again}`);
    }
    // One object's keys are forgotten when it closes, even after a failure in the midst of one.
    assert.equal(scanJson(`[${`{${many.join(',')}},`.repeat(2)}{}]`).root, 'array');
  });

  it('keys whose hashes collide are still told apart', () => {
    // With the factor 31 "Aa" and "BB" hash alike.
    assert.deepEqual([...scanJson('{"Aa":1,"BB":2,"AaAa":3,"BBBB":4,"AaBB":5}').members.keys()].length, 5);
  });

  it('bytes that are not UTF-8', () => {
    const cases: [bytes: number[], offset: number, line: number, column: number][] = [
      [[0x22, 0x0a, 0xff, 0x22], 2, 2, 1],
      [[0x22, 0xd1, 0x9e, 0xc0, 0x80, 0x22], 3, 1, 3],
      [[0x22, 0xed, 0xa0, 0x80, 0x22], 1, 1, 2],
      [[0x22, 0xef, 0xbf], 1, 1, 2],
      [[0x22, 0xf0, 0x9f, 0x98, 0x22], 1, 1, 2],
    ];
    for (const [bytes, offset, line, column] of cases) {
      assert.throws(
        () => decodeJson(Uint8Array.from(bytes)),
        (error: JsonSyntaxError) =>
          error.kind === 'encoding' && error.offset === offset && error.line === line && error.column === column,
        bytes.join(' '),
      );
    }
    assert.equal(decodeJson(new TextEncoder().encode('"ўқ \ufffd 😀"')), '"ўқ \ufffd 😀"');
  });
});

describe('scanJson agrees with JSON.parse', () => {
  it('on 2,000 random documents, in every layout', () => {
    const random = randomSource(1);
    for (let i = 0; i < 2000; i += 1) {
      const document = randomDocument(random);
      const text = JSON.stringify(document, null, i % 3);
      const { members, root } = scanJson(text);
      if (root !== 'object') continue;
      const read = Object.fromEntries(
        [...members].map(([name, { start, end }]) => [name, JSON.parse(text.slice(start, end)) as unknown]),
      );
      assert.deepEqual(read, JSON.parse(text));
    }
  });

  it('on damaged ones: what it accepts parses, what it calls broken grammar does not', () => {
    const random = randomSource(2);
    const seen = { accepted: 0, broken: 0 };
    const rounds = isFull ? 40_000 : 10_000;
    for (let i = 0; i < rounds; i += 1) {
      const text = mutated(JSON.stringify(randomDocument(random), null, i % 2), random);
      let kind: string | undefined;
      try {
        scanJson(text);
      } catch (error) {
        kind = (error as JsonSyntaxError).kind;
      }
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      if (kind === undefined) {
        assert.ok(parses, `accepted ${text}`);
        seen.accepted += 1;
      } else if (kind === 'syntax') {
        assert.ok(!parses, `refused ${text}`);
        seen.broken += 1;
      }
    }
    // Both sides were really visited.
    assert.ok(seen.accepted > rounds / 8 && seen.broken > rounds / 8, JSON.stringify(seen));
  });
});

describe('scanJsonInParts', () => {
  const outcome = (work: () => unknown): Promise<unknown> =>
    new Promise((resolve) => resolve(work())).catch((error: unknown) => {
      assert.ok(error instanceof JsonSyntaxError, String(error));
      return [error.kind, error.offset, error.message, error.path];
    });

  it('finds what scanJson finds, faults too, while other scans run between its parts', async () => {
    const random = randomSource(11);
    const texts = Array.from({ length: 600 }, (_, n) => {
      const text = JSON.stringify(randomDocument(random));
      return n % 3 === 0 ? mutated(text, random) : text;
    });
    const deep = `${'[{"a":1,"b":'.repeat(150)}0${'}]'.repeat(150)}`;
    texts.push(
      deep,
      deep.slice(0, -1),
      `{"resourceType":"Patient","meta":{"tag":[${'{"code":"a"},'.repeat(50)}{}],"tag":1}}`,
    );
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`k${n}`, { x: n }]));
    texts.push(JSON.stringify(many), JSON.stringify(many).replace('"k59"', '"k3"'));
    const found = await Promise.all(
      texts.map((text, n) =>
        outcome(() => scanJsonInParts(text, () => (random() < 0.7 ? Promise.resolve() : undefined), { part: n % 7 })),
      ),
    );
    for (const [n, text] of texts.entries()) assert.deepEqual(found[n], await outcome(() => scanJson(text)), text);
  });
});
