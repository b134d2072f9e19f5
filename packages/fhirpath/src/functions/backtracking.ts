/** A group that is being read: how many times within it an engine may have to go another way. */
interface Frame {
  ways: number;
}

/**
 * An upper bound of the steps of a backtracking engine for a regular expression: text length to the power of this. `Infinity` if a repeated
 * part can match in several ways, as in `(a+)+`, which can be exponential.
 * @param isMultiline whether `^` may be in the middle of a text
 */
export function backtracking(pattern: string, isMultiline: boolean): number {
  const stack: Frame[] = [{ ways: 0 }];
  let ofAtom = 0;
  let isChoice = false;
  for (const [token] of pattern.matchAll(tokens)) {
    const frame = stack.at(-1)!;
    if (token.startsWith('(')) {
      stack.push({ ways: 0 });
    } else if (token === ')') {
      if (stack.length > 1) stack.pop();
      ofAtom = frame.ways;
      stack.at(-1)!.ways += ofAtom;
    } else if (token === '|') {
      frame.ways += 1;
      ofAtom = 0;
      isChoice ||= stack.length === 1;
    } else if (isQuantifier(token)) {
      if (ofAtom > 0 && !token.startsWith('?')) return Infinity;
      if (!/^\{\d+\}\??$/.test(token)) frame.ways += 1;
    } else {
      // A reference to a group is compared at every place.
      ofAtom = 0;
      if (/^\\(?:[1-9]|k<)/.test(token)) frame.ways += 1;
    }
  }
  const isAnchored = pattern.startsWith('^') && !isMultiline && !isChoice;
  return stack[0]!.ways + (isAnchored ? 0 : 1);
}

/** Escapes, classes, groups, quantifiers; anything else is one character. */
const tokens =
  // eslint-disable-next-line regexp/no-super-linear-move -- a class that does not end takes all that is left
  /\\(?:[pP]\{[^}\\]*\}|u\{[^}\\]*\}|k<[^>\\]*>|[^])|\[(?:\\[^]|[^\]\\])*(?:\]|\\?$)|\((?:\?(?:[:=!]|<[=!]|<[^>(]*>))?|\)|\||(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/g;

const isQuantifier = (token: string): boolean => /^(?:[*+?]|\{\d)/.test(token);

/**
 * An upper bound of the number of characters that an expression compares from one position of a text before it must try another
 * alternative: its length, with fixed repetitions written out.
 */
export function spanOf(pattern: string): number {
  const stack = [0];
  let ofAtom = 0;
  for (const [token] of pattern.matchAll(tokens)) {
    const top = stack.length - 1;
    if (token.startsWith('(')) {
      stack.push(0);
      ofAtom = 0;
    } else if (token === ')') {
      ofAtom = stack.length > 1 ? stack.pop()! : 0;
      stack[stack.length - 1]! += ofAtom;
    } else if (isQuantifier(token)) {
      // Repetitions beyond the least number are alternatives, which `backtracking` counts.
      const times = Math.max(1, Number(/\d+/.exec(token)?.[0] ?? 1));
      stack[top]! += ofAtom * (times - 1);
    } else if (token !== '|') {
      ofAtom = 1;
      stack[top]! += 1;
    }
  }
  return stack.reduce((sum, one) => sum + one, 0);
}
