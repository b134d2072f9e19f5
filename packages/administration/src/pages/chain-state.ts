/** State of the audit trail's chain: its length, whether its head is unchanged, and the events that are not yet in it. */
import type { ChainHead } from '../store/operator-overview.ts';
import { markup, type Html } from '@dhp/web-kit';
import { locales } from '@dhp/sso-kit';
import type { OperatorPageOptions } from './frame.ts';
import { operatorMessages } from '../texts/operator.ts';

export type ChainShown = ChainHead & { checked: number; broken?: number };

export function chainState(head: ChainShown, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const number = new Intl.NumberFormat(locales[o.language]);
  if (head.position === 0) return markup`<p class="quiet">${text.chainEmpty}</p>`;
  const state =
    head.broken === undefined
      ? markup`<p class="notice">${text.chainWhole({ count: head.checked, shown: number.format(head.checked) })}</p>`
      : markup`<p class="alarm" role="alert">${text.chainBroken({ position: number.format(head.broken) })}</p>`;
  const left =
    head.waiting === 0
      ? markup``
      : markup`<p class="small quiet">${text.chainWaiting({ count: head.waiting, shown: `${number.format(head.waiting)}${head.waiting === 1000 ? '+' : ''}` })}</p>`;
  return markup`<p class="figure">${number.format(head.position)} <small>${text.chainLength.toLowerCase()}</small></p>${state}${left}
<p class="small quiet">${text.chainHead}: <code>${String(head.position)}:${head.hash?.toString('hex').slice(0, 16) ?? ''}…</code></p>
<p class="small quiet">${text.chainCommand} <code>npx dhp audit verify</code></p>`;
}
