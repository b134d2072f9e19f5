import type { TextTree } from '@dhp/fhir-search';
import { alternativesOf } from '@dhp/fhir-search/values';
import { searchForms } from '@dhp/name-scripts';
import { allOf, anyOf, not } from '../condition/combine.ts';
import type { Condition } from '../condition/condition.ts';

/** Words and phrases as conditions; `ask` makes the condition of one word or phrase, in a form of `searchForms`. */
export function wordsCondition(tree: TextTree, ask: (text: string) => Condition): Condition {
  switch (tree.kind) {
    case 'all':
      return allOf(tree.of.map((one) => wordsCondition(one, ask)));
    case 'any':
      return anyOf(tree.of.map((one) => wordsCondition(one, ask)));
    case 'not':
      return not(wordsCondition(tree.of, ask));
    case 'term':
      return anyOf(searchForms(tree.text).map(ask));
  }
}

/**
 * Words and phrases in the language of websearch_to_tsquery, which has no parentheses: alternatives, joined by `or`, of words and phrases
 * that must all occur, or (with a minus) not.
 * @param trees, one of which must match
 */
export function webSearch(trees: readonly TextTree[]): string {
  return trees
    .flatMap((tree) => alternativesOf(tree))
    .map((terms) => terms.map(({ text, isNegated }) => `${isNegated ? '-' : ''}"${text}"`).join(' '))
    .join(' or ');
}
