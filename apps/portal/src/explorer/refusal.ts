/** Why a call was not made, in words. */
import type { Language } from '@dhp/negotiation';
import { failureWords } from '../applications/words.ts';
import { editorMessages } from '../texts/editor.ts';
import { explorerMessages } from '../texts/explorer.ts';
import { ownTokenMessages } from '../texts/own-token.ts';
import type { Refused } from './shown.ts';

export function refusalWords(language: Language, result: Refused): string {
  const text = explorerMessages[language].refusals;
  if (result.refused === 'own-token') return ownTokenMessages[language].ended;
  if (result.refused === 'header') return text.header({ line: result.detail });
  if (result.refused === 'token') return failureWords(result.reason, language) ?? text.token({ reason: result.detail });
  return result.refused === 'nothing' ? editorMessages[language].nothing : text[result.refused];
}
