import type { SectionAsked } from '../ast/criterion.ts';
import { badValue } from './ask.ts';
import { splitEscaped, unescape } from './escapes.ts';
import { followed, type GivenCriterion, type Reading } from './given-criterion.ts';
import { fullTextWords } from './words.ts';

/**
 * `section-code-text=code$words`: a section has the code and in its own narrative the words.
 * @throws SearchFault
 */
export function sectionCodeText(criterion: GivenCriterion, value: string, next: Reading): SectionAsked {
  const { given } = criterion;
  const expected = 'code$words or system|code$words';
  const [token = '', ...rest] = splitEscaped(value, '$');
  const text = rest.join('$');
  const [first = '', second, ...more] = splitEscaped(token, '|').map(unescape);
  const code = second ?? first;
  if (code === '' || text === '' || more.length > 0) return badValue({ name: given }, value, expected);
  // `section` asks for the codes of the same sections.
  next('Composition', { ...followed(criterion, 'section'), value: token });
  const [words] = fullTextWords({ name: given }, [text]);
  return {
    code: second === undefined ? { type: 'token', code } : { type: 'token', system: first, code },
    words: words!,
  };
}
