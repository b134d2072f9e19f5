import type { TextTree } from '../ast/text-tree.ts';
import { badValue, type Ask } from './ask.ts';
import { unescape } from './escapes.ts';
import { requireAtMost } from './search-limits.ts';

export const textExpected =
  'words and "phrases", all of which must occur, with OR, AND, NOT (or -word) and parentheses between them';

/**
 * Words and phrases with `OR`, `AND`, `NOT` (or a minus before them) and parentheses, as in text indexes; adjacent words must all occur.
 * @param value still escaped
 * @throws SearchFault if it is malformed or empty
 */
export function textTree(given: Pick<Ask, 'name'>, value: string): TextTree {
  const bad = (): never => badValue(given, value, textExpected);
  const tokens = tokensOf(unescape(value)) ?? bad();
  requireAtMost('textWords', tokens.length, given.name);
  let at = 0;
  let nesting = 0;
  const isWord = (word: string) => tokens[at]?.kind === 'word' && tokens[at]?.text.toUpperCase() === word;

  function either(): TextTree {
    const found = [both()];
    while (isWord('OR')) {
      at += 1;
      found.push(both());
    }
    return found.length === 1 ? found[0]! : { kind: 'any', of: found };
  }

  function both(): TextTree {
    const found = [one()];
    for (;;) {
      if (isWord('AND')) at += 1;
      else if (tokens[at] === undefined || isWord('OR') || tokens[at]!.text === ')') {
        return found.length === 1 ? found[0]! : { kind: 'all', of: found };
      }
      found.push(one());
    }
  }

  function one(): TextTree {
    const token = tokens[at];
    if (token === undefined || isWord('OR') || isWord('AND')) return bad();
    nesting += 1;
    requireAtMost('textNesting', nesting, given.name);
    at += 1;
    const found = token.kind === 'word' && token.text.toUpperCase() === 'NOT' ? negated(one()) : operand(token);
    nesting -= 1;
    return token.isWithout ? negated(found) : found;
  }

  function operand(token: Token): TextTree {
    if (token.kind !== 'bracket') return { kind: 'term', text: token.text };
    if (token.text === ')') return bad();
    const inner = either();
    if (tokens[at]?.text !== ')') return bad();
    at += 1;
    return inner;
  }

  const tree = either();
  return at === tokens.length ? tree : bad();
}

function negated(tree: TextTree): TextTree {
  return tree.kind === 'not' ? tree.of : { kind: 'not', of: tree };
}

interface Token {
  readonly kind: 'bracket' | 'phrase' | 'word';
  readonly text: string;
  /** A minus is before it. */
  readonly isWithout: boolean;
}

const token = /\s*(-?)(?:([()])|"([^"]*)"|([^\s()"]+))/y;

/** Undefined when a quotation mark is not closed. */
function tokensOf(text: string): Token[] | undefined {
  const found: Token[] = [];
  let end = 0;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [, minus, bracket, phrase, word = ''] = match;
    const isWithout = minus === '-';
    end = token.lastIndex;
    if (bracket !== undefined) found.push({ kind: 'bracket', text: bracket, isWithout });
    else if (phrase !== undefined) found.push({ kind: 'phrase', text: phrase, isWithout });
    else found.push({ kind: 'word', text: word, isWithout });
  }
  return text.slice(end).trim() === '' ? found : undefined;
}
