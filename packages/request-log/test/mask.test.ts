/** Requests without their values: by examples, and for any input. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskedPath, maskedQuery, maskedText } from '../src/index.ts';

const known = new Set(['Patient', 'Observation', '_history', '_search', '$everything']);
const words = new Set(['name', 'exact', '_count', 'subject', 'Patient', '_id']);

describe('a masked query', () => {
  const cases: Record<string, string> = {
    'name=Karimova': 'name=…',
    'name:exact=Karimova&_count=10': 'name:exact=…&_count=…',
    'subject:Patient.name=Aziza': 'subject:Patient.name=…',
    Karimova: '…',
    'Karimova=': '…=…',
    'name:Karimova=1': 'name:…=…',
    'name.Karimova:exact=1': 'name.…:exact=…',
    '%D0%9A=1': '…=…',
    '%=1': '…=…',
    'a%20b=1': '…=…',
    'constructor=1': '…=…',
    'name=a=b': 'name=…',
    '': '…',
  };
  for (const [query, masked] of Object.entries(cases))
    it(JSON.stringify(query), () => assert.equal(maskedQuery(query, words), masked));

  it('has no value, whatever it is', () => {
    for (const value of ['Karimova', '30101860123456', '%22x', 'a=b', '…', '+', '%', '%E2%80%A6']) {
      const masked = maskedQuery(`name=${value}&_id=${value}`, words);
      assert.equal(masked, 'name=…&_id=…', value);
    }
  });
});

describe('a masked path', () => {
  const id = '0b0b7e63-6c1c-4a3a-9d3e-2a5b6c7d8e9f';
  const cases: Record<string, string> = {
    [`/Patient/${id}`]: `/Patient/${id}`,
    [`/Patient/${id}/_history/12`]: `/Patient/${id}/_history/12`,
    '/Patient/$everything': '/Patient/$everything',
    '/Patient/_search': '/Patient/_search',
    '/Patient/*': '/Patient/*',
    '/Patient/karimova-aziza': '/Patient/…',
    '/Patient/30101860123456': '/Patient/…',
    '/Karimova/1': '/…/1',
    '/$30101860123456': '/…',
    '/Patient/$karimova': '/Patient/…',
    '/Patient/.karimova': '/Patient/…',
    '/Patient/_karimova/-karimova': '/Patient/…/…',
    '/': '/',
    '': '',
  };
  for (const [path, masked] of Object.entries(cases)) it(path, () => assert.equal(maskedPath(path, known), masked));
});

describe('a masked text', () => {
  const cases: Record<string, string> = {
    'The value "Karimova" is wrong.': 'The value "…" is wrong.',
    'Qiymat “Karimova” notoʻgʻri.': 'Qiymat “…” notoʻgʻri.',
    'Значение «Каримова» неверно.': 'Значение «…» неверно.',
    "It's 'Karimova'.": "It's '…'.",
    'An open "Karimova': 'An open "…"',
    'The number 30101860123456.': 'The number ….',
    'Line 12, column 4.': 'Line 12, column 4.',
  };
  for (const [text, masked] of Object.entries(cases)) it(text, () => assert.equal(maskedText(text), masked));

  it('has nothing of what stood in quotes', () => {
    for (const [open, close] of ['""', '“”', '«»', '``', "''"].map((pair) => [pair[0]!, pair[1]!] as const))
      for (const value of ['Karimova', 'a b', 'Каримова', '1985-02-03', '(x)'])
        assert.ok(!maskedText(`The value ${open}${value}${close} of it`).includes(value), `${open}${value}${close}`);
  });
});
