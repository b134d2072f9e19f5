import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTag, tagParts } from '../src/index.ts';

test('the parts of a tag, as they are written', () => {
  assert.deepEqual(
    { ...tagParts('zh-cmn-Hans-CN') },
    {
      ...{ language: 'zh', extLang: 'cmn', script: 'Hans', region: 'CN' },
      ...{ variant: undefined, extension: undefined, privateUse: undefined },
    },
  );
  const { variant, extension, privateUse } = tagParts('sl-rozaj-1994-a-bb-cc-u-co-x-y-z')!;
  assert.deepEqual([variant, extension, privateUse], ['rozaj-1994', 'a-bb-cc-u-co', 'y-z']);
});

test('the parts of a tag, as they are compared', () => {
  const compared = (tag: string): string => {
    const { language, script, region, rest } = parseTag(tag)!;
    return [language, script, region, rest].join('|');
  };
  assert.equal(compared('uz'), 'uz|latn||');
  assert.equal(compared('UZ-CYRL-uz'), 'uz|cyrl|uz|');
  assert.equal(compared('kaa'), 'kaa|latn||');
  assert.equal(compared('es-419'), 'es||419|');
  assert.equal(compared('zh-cmn-Hans'), 'zh|hans||');
  assert.equal(compared('de-CH-1996-x-Own'), 'de||ch|1996-x-own');
});

test('what is no tag is none', () => {
  for (const none of [
    '',
    'x',
    'en-',
    '-en',
    'en--us',
    'en_US',
    'en-a',
    'en-us-x',
    'en-us-gb',
    'е',
    'en-toolongsubtag',
    'en\n',
  ]) {
    assert.equal(tagParts(none), undefined, none);
    assert.equal(parseTag(none), undefined, none);
  }
});
