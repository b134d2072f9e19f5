import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageSummary, parseLanguages } from '../src/index.ts';

test('what Accept-Language says', () => {
  const { ranges, text } = parseLanguages('en;q=0.5, uz, *;q=0') ?? { ranges: [], text: '' };
  assert.deepEqual(
    ranges.map(({ tag, quality }) => [tag, quality]),
    [
      ['uz', 1],
      ['en', 0.5],
      ['*', 0],
    ],
  );
  assert.equal(text, 'en; q=0.5, uz, *; q=0');
  assert.equal(languageSummary(parseLanguages('ru, *')), 'ru');
  assert.equal(languageSummary(undefined), '--');
  for (const bad of ['-', '', 'x', 'en_US', 'en,,ru']) assert.equal(parseLanguages(bad), undefined, bad);
});
