/** The button that copies the text of an element. */
import type { PortalMessages } from '../texts/portal.ts';
import { markup, type Html } from '@dhp/web-kit';
import { icon } from './symbols.ts';

/**
 * Hidden until the script shows it, as it needs the script.
 *
 * @param target the id of the element whose text is copied
 * @param what names the text for screen readers
 */
export function copyButton(target: string, text: PortalMessages, what: string): Html {
  const { action } = text.copy;
  return markup`<button type="button" class="copy" hidden data-copy="${target}" aria-label="${action}: ${what}">
    ${icon('copy')}<span>${action}</span>
  </button>`;
}
