/** Each finding says what to do, in each language: a text that says only what is wrong leaves its reader with it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kinds } from '../src/messages/kinds.ts';

/** Verbs that begin a sentence of a cure in English. One that is new is added here. */
const verbs =
  'Add|Answer|Ask|Attach|Bind|Bring|Build|Change|Check|Choose|Close|Copy|Correct|Declare|Encode|Expand|Fill|Fix|Flatten|Give|Install|' +
  'Keep|Leave|Let|Load|Look|Lower|Make|Mend|Move|Name|Put|Raise|Refer|Remove|Report|Round|Send|Set|Shorten|Sign|Split|State|Take|Use|Write';

/** How the form that asks politely for something is made. */
const imperatives = {
  en: new RegExp(`(?:^|[.?!}:] )(?:${verbs})\\b|[:;,] (?:or )?(?:${verbs.toLowerCase()})\\b`),
  ru: /[иьй]те(?:сь)?(?![\p{L}])/u,
  // The genitive ends alike, in -ning, as does one verb.
  uz: /(?:(?<!ni)ng|foydalaning)(?![\p{L}ʻʼ])/u,
} as const;

const texts = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../messages/finding/${language}.json`, import.meta.url), 'utf8')) as Record<
    string,
    string
  >;

for (const [language, imperative] of Object.entries(imperatives)) {
  test(`every finding says in ${language} what to do`, () => {
    const found = texts(language);
    assert.deepEqual(Object.keys(found), Object.keys(kinds), 'a text for each finding');
    const without = Object.entries(found).filter(([, text]) => !imperative.test(text));
    assert.deepEqual(without, []);
  });
}
