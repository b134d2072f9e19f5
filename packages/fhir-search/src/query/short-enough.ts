import { badValue, type Ask } from './ask.ts';

/** UTF-16 units of a text that is requested by its end or a part: `maxStringLength` of the index. */
export const longestAsked = 256;

/**
 * @param given the value of the parameter, for the problem
 * @param text as it is compared
 * @throws SearchFault for a text that is too long for a search by its end or a part: truncated, it would find others
 */
export function requireShort(ask: Pick<Ask, 'name'>, given: string, text: string): void {
  if (text.length > longestAsked) badValue(ask, given, `a text of no more than ${longestAsked} characters`);
}
