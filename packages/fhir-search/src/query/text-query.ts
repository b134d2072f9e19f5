import { normaliseString } from '../values/string.ts';
import { badValue, refuse, type Ask } from './ask.ts';
import { allOf, anyOf, not } from './combine.ts';
import type { Condition } from './condition.ts';
import { textExpected, textTree, type TextTree } from './text-tree.ts';

/**
 * Words and phrases (see `textTree`) as conditions; `ask` makes the condition of one word or phrase, normalised.
 * @throws SearchFault when the value is malformed or asks for nothing
 */
export function textQuery(given: Pick<Ask, 'name'>, value: string, ask: (text: string) => Condition): Condition {
  const conditionOf = (tree: TextTree): Condition => {
    switch (tree.kind) {
      case 'all':
        return allOf(tree.of.map(conditionOf));
      case 'any':
        return anyOf(tree.of.map(conditionOf));
      case 'not':
        return not(conditionOf(tree.of));
      case 'term': {
        const text = normaliseString(tree.text);
        return text === '' ? badValue(given, value, textExpected) : ask(text);
      }
    }
  };
  return conditionOf(textTree(given, value));
}

/** Alternatives beyond these nobody writes out, and parentheses multiply them. */
const maxAlternatives = 64;

/**
 * Words and phrases in the language of websearch_to_tsquery, which has no parentheses: alternatives, joined by `or`, of words
 * and phrases that must all occur, or (with a minus) not.
 * @param values of which one must be met
 * @throws SearchFault when the value is malformed or asks for nothing, or for too many alternatives
 */
export function webSearch(given: Pick<Ask, 'name'>, values: readonly string[]): string {
  const alternatives = values.flatMap((value) => alternativesOf(given, value, textTree(given, value), false));
  limited(given, values.join(','), alternatives);
  return alternatives.map((terms) => terms.join(' ')).join(' or ');
}

function alternativesOf(given: Pick<Ask, 'name'>, value: string, tree: TextTree, isNegated: boolean): string[][] {
  if (tree.kind === 'not') return alternativesOf(given, value, tree.of, !isNegated);
  if (tree.kind === 'term') {
    if (!/[\p{L}\p{N}]/u.test(tree.text)) badValue(given, value, textExpected);
    return [[`${isNegated ? '-' : ''}"${tree.text}"`]];
  }
  const parts = tree.of.map((one) => alternativesOf(given, value, one, isNegated));
  // Neither of two is both of two negations.
  if ((tree.kind === 'any') !== isNegated) return limited(given, value, parts.flat());
  return parts.reduce(
    (before, part) =>
      limited(
        given,
        value,
        before.flatMap((terms) => part.map((more) => [...terms, ...more])),
      ),
    [[]],
  );
}

function limited(given: Pick<Ask, 'name'>, value: string, alternatives: string[][]): string[][] {
  if (alternatives.length <= maxAlternatives) return alternatives;
  const expected = `at most ${maxAlternatives} alternatives once parentheses are written out`;
  return refuse({ kind: 'not-supported', parameter: given.name, value, expected });
}
