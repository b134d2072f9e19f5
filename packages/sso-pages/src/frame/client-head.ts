import type { Language } from '@dhp/negotiation';
import { logoPath } from '@dhp/clients';
import type { Registration } from '@dhp/clients/rows';
import { markup, type Html } from '@dhp/web-kit';

export const linkTo = (language: Language): string => `?ui_locales=${language}`;

/** Head of a page with the application from which the person came: its picture or first letter, and its name. */
export function clientHead({ name, logo_sha256: logo }: Registration, sentence: string): Html {
  const [letter = ''] = name.match(/[\p{L}\p{N}]/u) ?? [];
  const tile =
    logo === null
      ? markup`<div class="tile" aria-hidden="true">${letter}</div>`
      : markup`<img class="tile" src="${logoPath}/${logo}" alt="" width="48" height="48">`;
  return markup`<div class="client">${tile}<div><strong>${name}</strong><span class="quiet small">${sentence}</span></div></div>`;
}
