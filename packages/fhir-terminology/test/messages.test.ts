import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeSystem, faultOf, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const system = 'http://example.org/organs';
const url = 'http://example.org/organs-vs';
const terminology = terminologyOf([
  codeSystem(system, [{ code: 'eye', display: 'Koʻz' }], { language: 'uz' }),
  valueSet(url, { include: [{ system }] }),
]);

test('messages are in the language of displayLanguage, else of the header, else English', () => {
  const message = (displayLanguage: string | undefined, acceptLanguage?: string): unknown => {
    const asked = { url, system, code: 'ear', ...(displayLanguage !== undefined && { displayLanguage }) };
    const request = acceptLanguage === undefined ? {} : { acceptLanguage };
    return valueOf(terminology.validateValueSetCode(parameters(asked), request), 'message');
  };
  const inEnglish = /^The provided code .* was not found in the value set .*; Unknown code 'ear' in the CodeSystem/;
  const inRussian = /Указанного кода .* нет в наборе значений .*http:\/\/example.org\/organs/;
  const inUzbek = /Koʻrsatilgan .* kodi .* qiymatlar toʻplamida yoʻq/;
  assert.match(String(message(undefined)), inEnglish);
  assert.match(String(message('ru')), inRussian);
  assert.match(String(message('uz-Latn')), inUzbek);
  assert.match(String(message(undefined, 'de, ru;q=0.8, en;q=0.5')), inRussian);
  assert.match(String(message(undefined, 'kaa')), inUzbek);
  assert.match(String(message('uz', 'ru')), inUzbek);
  assert.match(String(message('de', 'en')), inEnglish);
  assert.match(String(message(undefined, '*')), inEnglish);
});

test('so are those of faults, and of one question in a batch', () => {
  const none = parameters({ url: 'http://example.org/none' });
  assert.match(faultOf(() => terminology.expand(none, { acceptLanguage: 'ru' })).text, /Определение .* не найдено/);
  assert.match(
    faultOf(() => terminology.expand(none, { acceptLanguage: 'en' })).text,
    /^A definition for the value Set/,
  );
  assert.match(faultOf(() => terminology.lookup(parameters({}), { acceptLanguage: 'uz' })).text, /Kod koʻrsatilmagan/);
  const batch = {
    resourceType: 'Parameters' as const,
    parameter: [{ name: 'validation', resource: parameters({ url: 'http://example.org/none', system, code: 'eye' }) }],
  };
  const answer = terminology.batchValidate(batch, 'ValueSet', { acceptLanguage: 'ru' });
  assert.match(JSON.stringify(answer), /Определение набора значений/);
});
