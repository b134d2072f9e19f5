import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageCookie, rememberedLanguage } from '../src/index.ts';

test('a language is remembered under a name that other hosts cannot set, over https', () => {
  const options = { name: 'language', path: '/', secure: true };
  const flags = 'Max-Age=31536000; HttpOnly; SameSite=Lax';
  assert.equal(languageCookie('ru', options), `__Host-language=ru; Path=/; ${flags}; Secure`);
  assert.equal(languageCookie('ru', { ...options, path: '/a' }), `__Secure-language=ru; Path=/a; ${flags}; Secure`);
  assert.equal(languageCookie('en', { ...options, secure: false }), `language=en; Path=/; ${flags}`);
});

test('the cookie with a prefix counts first; what names no language of ours does not', () => {
  assert.equal(rememberedLanguage('a=b; language=en; __Host-language=ru', 'language'), 'ru');
  assert.equal(rememberedLanguage('__Secure-language=xx;language=en', 'language'), 'en');
  for (const none of [undefined, '', 'xlanguage=en', 'language=de', 'language', 'language=en-US']) {
    assert.equal(rememberedLanguage(none, 'language'), undefined, none);
  }
});
