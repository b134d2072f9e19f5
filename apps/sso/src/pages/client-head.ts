import type { Language } from '../http/language.ts';
import { markup, type Html } from './markup.ts';

export const linkTo = (language: Language): string => `?ui_locales=${language}`;

/** Which application it is that the person came from: its first letter and its name. */
export function clientHead(name: string, sentence: string): Html {
  const [letter = ''] = name.match(/[\p{L}\p{N}]/u) ?? [];
  return markup`<div class="client"><div class="tile" aria-hidden="true">${letter}</div><div><strong>${name}</strong><span class="quiet small">${sentence}</span></div></div>`;
}
