/** Each finding must state the remedy, in each language, so that its reader knows how to proceed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kinds } from '../src/messages/kinds.ts';

/** Verbs that begin a sentence with a remedy in English. Add new ones here. */
const verbs =
  'Add|Answer|Ask|Attach|Bind|Bring|Build|Change|Check|Choose|Close|Copy|Correct|Declare|Encode|Expand|Fill|Fix|Flatten|Give|Install|' +
  'Keep|Leave|Let|Load|Look|Lower|Make|Mend|Move|Name|Put|Raise|Refer|Remove|Report|Round|Send|Set|Shorten|Sign|Split|State|Take|Use|Write';

/** The form of polite requests in each language. */
const imperatives = {
  en: new RegExp(`(?:^|[.?!}:] )(?:${verbs})\\b|[:;,] (?:or )?(?:${verbs.toLowerCase()})\\b`),
  ru: /[иьй]те(?:сь)?(?![\p{L}])/u,
  // The genitive and one verb have the same ending, -ning.
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
