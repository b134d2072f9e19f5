/** The last events of a person or a client, with a link to all of them. */
import type { AuditRow } from '@dhp/audit/find';
import { markup, type Html } from '@dhp/web-kit';
import { time } from '@dhp/sso-kit';
import { eventWords, isRefusal } from './event-texts.ts';
import { chip, operatePath, type OperatorPageOptions } from './frame.ts';
import { operatorMessages } from '../texts/operator.ts';

/** @param asked the query by which the audit page finds all of them */
export function eventRows(events: readonly AuditRow[], o: OperatorPageOptions, asked: string): Html {
  const text = operatorMessages[o.language];
  if (events.length === 0) return markup`<p class="quiet">${text.nothing}</p>`;
  const rows = events.map(({ id, recorded, event, address, client_name: client, reason }) => {
    const words = eventWords(event, o.language);
    const look = isRefusal(event) ? chip(words, 'bad') : markup`${words}`;
    const more = [client, reason, address].filter((one) => one !== null).join(' · ');
    return markup`<li><div><a href="${operatePath}/audit/${id}">${look}</a><small>${more}</small></div><small>${time(recorded, o)}</small></li>`;
  });
  return markup`<ul class="rows">${rows}</ul><p class="small"><a href="${operatePath}/audit?${asked}">${text.wholeHistory}</a></p>`;
}
