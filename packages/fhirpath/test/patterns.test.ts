import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile, FhirPathError } from '../src/index.ts';
import { backtracking } from '../src/functions/backtracking.ts';
import { compilePattern, type PatternFlag } from '../src/functions/pattern.ts';

/** The engine of the language, which is right for short texts. */
function native(pattern: string, flags: readonly PatternFlag[] = []): RegExp {
  return new RegExp(pattern, ['gs', ...flags].join(''));
}

describe('regular expressions from anybody', () => {
  it('end soon, however they are made', () => {
    const text = `${'a'.repeat(50_000)}!`;
    const started = process.cpuUsage();
    for (const pattern of [
      '(a+)+$',
      '(a*)*b',
      '(a|a)+$',
      '(a|aa)+$',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      '(.*)*x',
      'a*a*a*a*b',
      `${'a?'.repeat(40)}${'a'.repeat(40)}b`,
      '(a{0,30}){0,30}b',
    ]) {
      assert.equal(compilePattern(pattern).test(text), false, pattern);
      assert.equal(compilePattern(pattern).replaced(text, '-'), text, pattern);
    }
    assert.equal(compilePattern('(a+)+!').test(text), true);
    assert.ok(process.cpuUsage(started).user < 20_000_000, 'a backtracking engine would not end at all');
  });

  it('mean what they mean to the engine of the language', () => {
    const texts = ['', 'a', 'aab', 'A.b', 'x y', 'x\u00a0y', 'line\nline', 'Ўзбек', '😀', 'a-b_c@d', '12 34', '$1'];
    const patterns: [string, PatternFlag[]?][] = [
      ['(\\s|\\S)*y'],
      ['([^\\s]+\\s?)+'],
      ['([\\S.]+)+$'],
      ['^(line.?)+$'],
      ['(^l\\w+$\\n?)+', ['m']],
      ['(A|a)+', ['i']],
      ['(a+)+'],
      ['(?:\\d+ ?)+'],
      ['([\\-\\_\\@a-d]+)+'],
      ['(\\p{L}+)+'],
      ['(?<first>\\w+)+(?<rest>.)?'],
    ];
    for (const [pattern, flags = []] of patterns) {
      const wanted = pattern.includes('\\p{') ? new RegExp(pattern, 'gsu') : native(pattern, flags);
      const long = compilePattern(pattern, flags);
      assert.equal(backtracking(pattern, false), Infinity, `${pattern} is run in linear time`);
      for (const text of texts) {
        wanted.lastIndex = 0;
        assert.equal(long.test(text), wanted.test(text), `${pattern} on ${JSON.stringify(text)}`);
        assert.equal(long.count(text), text.match(wanted)?.length ?? 0, `${pattern} on ${JSON.stringify(text)}`);
        assert.equal(long.replaced(text, '<$1$&$$>'), text.replace(wanted, '<$1$&$$>'), pattern);
      }
    }
  });

  it('are judged by how many ways there are', () => {
    for (const [pattern, power] of [
      ['^abc$', 0],
      ['abc', 1],
      ['^[a-z]{3}$', 0],
      ['^[a-z]{1,3}$', 1],
      ['^a+b*$', 2],
      ['^(?:ab)+$', 1],
      ['^(ab|c)$', 1],
      ['^ab|c$', 2],
      ['^a?$', 1],
      ['(a+)+$', Infinity],
      ['(a|b)*', Infinity],
      ['(a?){3}', Infinity],
      ['^[(a+)+]{2}$', 0],
      ['^\\(a+\\)+$', 2],
    ] as const) {
      assert.equal(backtracking(pattern, false), power, pattern);
    }
  });

  it('that look ahead or back are taken as long as they cannot last', () => {
    const guarded = compilePattern('^(?=.*\\d)[a-z\\d]+$');
    assert.equal(guarded.test('abc1'), true);
    assert.equal(guarded.test('abc'), false);
    assert.throws(() => guarded.test('a'.repeat(5000)), /linear time/);
    assert.throws(() => compilePattern('(?=a)(a+)+$'), /linear time/);
    assert.equal(compilePattern('^(a)\\1$').test('aa'), true);
  });

  it('are so in FHIRPath, too', () => {
    const patient = { resourceType: 'Patient', name: [{ family: `${'a'.repeat(20_000)}!` }] };
    const of = (expression: string): unknown => compile(expression, { type: 'Patient' }).evaluate(patient)[0]?.value;
    assert.equal(of("name.family.matches('(a+)+$')"), false);
    assert.equal(of("name.family.matchesFull('(a+)+')"), false);
    assert.equal(of("name.family.replaceMatches('(a+)+$', 'x').length()"), 20_001);
    assert.equal(of("name.family.replaceMatches('(a+)+', 'x')"), 'x!');
    assert.throws(
      () => compile("name.family.matches('(?=a)(a+)+$')", { type: 'Patient' }),
      (error) => error instanceof FhirPathError && error.kind === 'syntax',
    );
  });
});
