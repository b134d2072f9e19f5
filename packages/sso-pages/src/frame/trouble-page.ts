/** Page for a person if there is no other to show: the address is unknown, there were too many requests, or the server has a fault. */
import type { Language } from '@dhp/negotiation';
import { linkTo } from './client-head.ts';
import { page } from './layout.ts';
import { markup } from '@dhp/web-kit';
import { troubleMessages } from '../texts/trouble.ts';

/** Kind of trouble. */
export type Trouble = 'missing' | 'hasty' | 'unreadable' | 'busy' | 'away' | 'fault';

/**
 * @param o.requestId identifies the request in the log and in the audit trail, for the operator
 * @param o.isLink whether the address can be requested again, in another language
 */
export function troublePage(
  language: Language,
  trouble: Trouble,
  { requestId, isLink }: { requestId: string | undefined; isLink: boolean },
): string {
  const { [trouble]: text, number } = troubleMessages[language];
  const isOurs = requestId !== undefined && (trouble === 'away' || trouble === 'fault');
  const main = markup`<h1>${text.title}</h1>
<p>${text.cure}</p>${isOurs ? markup`\n<p class="quiet small">${number}: <code>${requestId}</code></p>` : markup``}`;
  return page({ language, title: text.title, main, languageLink: isLink ? linkTo : undefined });
}
