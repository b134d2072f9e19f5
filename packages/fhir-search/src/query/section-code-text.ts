import { badValue } from './ask.ts';
import { allOf } from './combine.ts';
import type { Condition } from './condition.ts';
import { followed, type Asking, type Criterion } from './criterion.ts';
import { splitEscaped, unescape } from './escapes.ts';
import { webSearch } from './text-query.ts';

/**
 * `section-code-text=code$words`: a section has the code and in its own narrative the words. By the expression these are the sections
 * of the Composition itself, whose codes `section` asks for, which leads to few.
 */
export function sectionCodeText(criterion: Criterion, value: string, next: Asking): Condition {
  const { given } = criterion;
  const expected = 'code$words or system|code$words';
  const [token = '', ...rest] = splitEscaped(value, '$');
  const words = rest.join('$');
  const [first = '', second, ...more] = splitEscaped(token, '|').map(unescape);
  const code = second ?? first;
  if (code === '' || words === '' || more.length > 0) return badValue({ name: given }, value, expected);
  const system = second === undefined ? undefined : first;
  return allOf([
    next('Composition', { ...followed(criterion, 'section'), value: token }),
    {
      op: 'full-text',
      in: 'sections',
      query: webSearch({ name: given }, [words]),
      section: system === undefined ? { code } : { system, code },
    },
  ]);
}
