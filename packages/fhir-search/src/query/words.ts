import type { TextTree } from '../ast/text-tree.ts';
import type { ValueOf } from '../ast/value.ts';
import { normaliseString } from '@dhp/name-scripts';
import { badValue, refuse, type Ask } from './ask.ts';
import { requireShort } from './short-enough.ts';
import { textExpected, textTree } from './text-tree.ts';

/**
 * Words and phrases (see `textTree`) to be compared without case and marks.
 * @param value still escaped
 * @throws SearchFault if the value is malformed or empty
 */
export function wordsValue(given: Pick<Ask, 'name'>, value: string): ValueOf<'words'> {
  const words = textTree(given, value);
  requireLetters(words);
  return { type: 'words', words };

  function requireLetters(tree: TextTree): void {
    if (tree.kind === 'term') {
      const text = normaliseString(tree.text);
      if (text === '') badValue(given, value, textExpected);
      requireShort(given, value, text);
    } else if (tree.kind === 'not') requireLetters(tree.of);
    else tree.of.forEach(requireLetters);
  }
}

/** A word or phrase that must occur, or must not. */
export interface Term {
  readonly text: string;
  readonly isNegated: boolean;
}

/** More alternatives than anybody writes out; parentheses multiply them. */
const maxAlternatives = 64;

/**
 * Searches in texts, each with its words and phrases.
 * @param values of which one must match, still escaped
 * @throws SearchFault if a value is malformed, empty, or has too many alternatives
 */
export function fullTextWords(given: Pick<Ask, 'name'>, values: readonly string[]): TextTree[] {
  let count = 0;
  const trees = values.map((value) => {
    const tree = textTree(given, value);
    requireIndexedWords(given, value, tree);
    count += alternativesOf(tree, (kind) => unfit(given, value, kind)).length;
    return tree;
  });
  if (count > maxAlternatives) unfit(given, values.join(','), 'many');
  return trees;
}

/** The longest word in bytes of text indexes: they ignore longer ones, also in the query, whose meaning would change. */
const longestWord = 2_046;

/** @throws SearchFault for a word that no text index has */
function requireIndexedWords(given: Pick<Ask, 'name'>, value: string, tree: TextTree): void {
  const isLong = (word: string): boolean => Buffer.byteLength(word) > longestWord;
  if (tree.kind === 'not') requireIndexedWords(given, value, tree.of);
  else if (tree.kind !== 'term') for (const one of tree.of) requireIndexedWords(given, value, one);
  else if (tree.text.split(/\s+/u).some(isLong))
    badValue(given, value, `words of no more than ${longestWord.toLocaleString('en')} bytes each`);
}

type Unfit = 'empty' | 'many';

function unfit(given: Pick<Ask, 'name'>, value: string, kind: Unfit): never {
  if (kind === 'empty') return badValue(given, value, textExpected);
  const expected = `at most ${maxAlternatives} alternatives once parentheses are written out`;
  return refuse({ kind: 'not-supported', parameter: given.name, value, expected });
}

/**
 * Words and phrases without parentheses: alternatives, each a list of terms that must all hold.
 * @param fail called if a term has no letter or digit, or there are too many alternatives
 * @example
 * const terms = ['heart', 'kidney'].map((text) => ({ kind: 'term', text }) as const);
 * alternativesOf({ kind: 'any', of: terms }).length; // 2
 * alternativesOf({ kind: 'all', of: terms }).length; // 1
 */
export function alternativesOf(
  tree: TextTree,
  fail: (kind: Unfit) => never = outOfLanguage,
  isNegated = false,
): Term[][] {
  if (tree.kind === 'not') return alternativesOf(tree.of, fail, !isNegated);
  if (tree.kind === 'term') {
    if (!/[\p{L}\p{N}]/u.test(tree.text)) fail('empty');
    return [[{ text: tree.text, isNegated }]];
  }
  const limited = (found: Term[][]): Term[][] => (found.length <= maxAlternatives ? found : fail('many'));
  const parts = tree.of.map((one) => alternativesOf(one, fail, isNegated));
  // Neither of two is both of two negations.
  if ((tree.kind === 'any') !== isNegated) return limited(parts.flat());
  return parts.reduce(
    (before, part) => limited(before.flatMap((terms) => part.map((more) => [...terms, ...more]))),
    [[]],
  );
}

function outOfLanguage(kind: Unfit): never {
  throw new RangeError(`words that no search asks for: ${kind}`);
}
