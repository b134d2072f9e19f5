import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegex } from '../src/filter/regex.ts';

const cases: [pattern: string, matching: string[], others: string[]][] = [
  ['abc', ['abc'], ['abcd', 'xabc', '']],
  ['a|bc|', ['a', 'bc', ''], ['ab', 'c']],
  ['[A-Z]{2}', ['UZ'], ['U', 'UZB', 'uz']],
  ['[^ \\t\\r\\n\\f]{4}[0-9]', ['code1'], ['code', 'code12', 'co e1']],
  ['a{2,3}b*c+d?', ['aac', 'aaabbccd'], ['ac', 'aaaac', 'aab']],
  ['a{2,}', ['aa', 'aaaaa'], ['a']],
  ['(?:ab)+|\\d{1,3}', ['ab', 'abab', '7', '123'], ['aba', '1234']],
  ['^x.y$', ['x-y'], ['x\ny', 'xy']],
  ['\\p{Lu}\\w*\\.', ['Ўa.'.replace('a', 'b'), 'Az_9.'], ['az.', 'A9']],
  ['[a-c\\d-]+', ['a-1', '-'], ['d', '']],
  ['(a*)*', ['', 'aaa'], ['b']],
  ['(?i)uz-[a-z]+', ['UZ-tk', 'uz-TK'], ['uz-1']],
  ['[^\\x00-\\x7f]+', ['😀ў'], ['a', '']],
  ['..', ['😀ў'], ['😀']],
];

for (const [pattern, matching, others] of cases) {
  test(`regex ${pattern}`, () => {
    const matches = compileRegex(pattern)!;
    for (const text of matching) assert.equal(matches(text), true, `'${text}' fits`);
    for (const text of others) assert.equal(matches(text), false, `'${text}' does not fit`);
  });
}

test('an expression that stops a backtracking engine is run in a moment', () => {
  const matches = compileRegex('((a+)+)+')!;
  const start = process.cpuUsage();
  assert.equal(matches(`${'a'.repeat(5000)}!`), false);
  assert.equal(matches('a'.repeat(5000)), true);
  assert.ok(process.cpuUsage(start).user < 1_000_000);
});

test('what is no expression, is too large, or cannot be run in linear time, is none', () => {
  const none = ['(', 'a)', '[a', '*a', 'a{3,2}', '(?=a)', '(a)\\1', 'a{2000}', '\\p{Nonsense}', 'a**'];
  const large = ['((((a{99}){99}){99}){99})', `${'('.repeat(9)}${'){1000}'.repeat(9)}`, 'a{1000}'.repeat(21)];
  const hostile = ['a{1000}'.repeat(200_000), '('.repeat(500_000), `${'('.repeat(2000)}a${')'.repeat(2000)}`];
  const start = process.cpuUsage();
  for (const pattern of [...none, ...large, ...hostile]) {
    assert.equal(compileRegex(pattern), undefined, pattern.slice(0, 60));
  }
  assert.ok(process.cpuUsage(start).user < 10_000_000);
});
