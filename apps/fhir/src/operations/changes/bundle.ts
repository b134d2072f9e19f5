import type { Budget } from '@dhp/budget';
import type { Answer } from '../../contract/answer.ts';
import type { Services } from '../../contract/interaction.ts';
import { historyBundle } from '../../interactions/history-bundle.ts';
import type { Asked } from './asked.ts';
import type { Page } from './page.ts';

/** A page as a Bundle of type history, with the way on in its link "next"; and the cursor of that. */
export async function changesBundle(
  { baseUrl, timeZone, changes: { cursors } }: Services,
  { after, repeated }: Asked,
  { changes, place }: Page,
  budget: Budget,
): Promise<{ readonly answer: Answer; readonly cursor: string }> {
  const cursor = cursors.seal(place);
  const at = (from: string | undefined): string => {
    const query = `${from === undefined ? '' : `&after=${encodeURIComponent(from)}`}${repeated}`;
    return `${baseUrl}/$changes${query === '' ? '' : `?${query.slice(1)}`}`;
  };
  const links = [
    { relation: 'self' as const, url: at(after) },
    { relation: 'next' as const, url: at(cursor) },
  ];
  return { answer: await historyBundle({ baseUrl, timeZone }, undefined, links, changes, budget), cursor };
}
