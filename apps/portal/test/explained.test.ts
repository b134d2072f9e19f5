/** The answer to `_explain` in words, for any body. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainedIn, explainedSection } from '../src/explorer/explained.ts';
import type { Page } from '../src/page/layout.ts';

const scan = (index: string, rows: number, removed = 0, loops = 1): object => ({
  ...{ 'Node Type': 'Index Scan', 'Index Name': index, 'Relation Name': 'search', 'Actual Loops': loops },
  ...{ 'Actual Rows': rows, 'Rows Removed by Filter': removed },
});
const tree = (text: string): string =>
  JSON.stringify({
    branches: [{ type: 'Patient', where: { op: 'all', of: [{ op: 'string', match: 'starts', key: '-7', text }] } }],
  });
const answer = (statements: unknown, query = tree('karimova')): string =>
  JSON.stringify({
    resourceType: 'Parameters',
    parameter: [
      { name: 'query', valueString: query },
      { name: 'statements', valueString: JSON.stringify(statements) },
    ],
  });
const statement = (plan: object): object => ({ what: 'page', sql: '', milliseconds: 1.25, analysis: [{ Plan: plan }] });
const shown = (body: string, language: Page['language'] = 'en'): string =>
  String(explainedSection({ language } as Page, explainedIn(body)!)).replaceAll(/\s+/g, ' ');

describe('a search that is explained', () => {
  test('is told in words: the query, rows that were read and given, by which index', () => {
    const plan = { 'Actual Rows': 2, Plans: [scan('search_by_name', 2, 1), scan('resource_pkey', 1, 0, 2)] };
    const html = shown(answer([statement(plan)]));
    assert.match(html, /<code translate="no">Patient: string starts karimova<\/code>/);
    assert.match(html, /took 1\.3 ms, read 5 rows and gave 2\./);
    assert.match(html, /search_by_name<\/code> is an index: 2 rows by it, and 1 more that did not fit\./);
    assert.match(html, /resource_pkey<\/code> is an index: 2 rows by it\./);
    assert.doesNotMatch(html, /Add a criterion/);
    for (const language of ['uz', 'ru'] as const)
      assert.match(shown(answer([statement(plan)]), language), /starts karimova/);
  });

  test('says how to read fewer rows where many more are read than given', () => {
    assert.match(
      shown(answer([statement({ 'Actual Rows': 1, Plans: [scan('search_by_time', 1, 50_000)] })])),
      /Add a criterion/,
    );
  });

  test('leaves out what was not carried out', () => {
    assert.doesNotMatch(shown(answer([statement({ 'Actual Rows': 0, Plans: [scan('never', 0, 0, 0)] })])), /never/);
  });

  test('is none where the body is no such answer', () => {
    for (const body of [
      '',
      '{',
      '[]',
      'null',
      '{"resourceType":"Bundle"}',
      answer('x'),
      answer({}),
      '{"resourceType":"Parameters","parameter":[{}]}',
    ])
      assert.equal(explainedIn(body), undefined, body);
  });

  test('is small and harmless whatever it holds', () => {
    const plans = Array.from({ length: 5_000 }, (_, n) => scan(`<script>${String(n)}`, 1));
    const html = shown(
      answer([...Array.from({ length: 500 }, () => statement({ Plans: plans })), null, 7, {}].slice(0, 30)),
    );
    assert.ok(html.length < 200_000, String(html.length));
    assert.doesNotMatch(html, /<script/);
    assert.doesNotMatch(shown(answer([], tree('<script>'))), /<script/);
    assert.match(shown(answer([], 'no tree')), /no tree/);
    assert.doesNotThrow(() => explainedIn(answer([null])));
  });
});
