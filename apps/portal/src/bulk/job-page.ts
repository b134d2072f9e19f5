/** The page of any job: its state, its result, and a button to end it. */
import { markup, type Html } from '@dhp/web-kit';
import { fact } from '../applications/fact.ts';
import { csrfField } from '../applications/pages.ts';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import type { Job } from './jobs.ts';
import { progressOf, requestWords, stateChip } from './standing.ts';
import { momentOf } from './words.ts';

interface JobParts {
  readonly job: Job;
  /** Address of the page of all jobs of its kind, and the words that lead there. */
  readonly list: string;
  readonly all: string;
  readonly result: Html | undefined;
  /** The meaning of ending the job; the button that removes its result, and its meaning. */
  readonly hint: string;
  readonly remove: string;
  readonly removeHint: string;
}

/** The script of the page follows it until it has ended. */
export function jobPage(page: Page, { job, list, all, result, hint, remove, removeHint }: JobParts): Html {
  const text = bulkMessages[page.language];
  const ended = job.state === 'ended';
  return markup`<div id="standing"${!ended && markup` data-follow`}>
      ${progressOf(page, job)} ${result}
      <dl class="facts">${factsOf(page, job)}</dl>
    </div>
    <form method="post" action="${list}/${job.id}">
      ${csrfField(page)}
      <p class="actions">
        <a class="button other" href="${list}">${all}</a>
        <a class="button other" href="${list}/${job.id}">${text.refresh}</a>
        <button class="button danger">${ended ? remove : text.cancel}</button>
      </p>
      <p class="hint">${ended ? removeHint : hint}</p>
    </form>`;
}

function factsOf(page: Page, job: Job): Html[] {
  const text = bulkMessages[page.language].facts;
  return [
    fact(text.state, stateChip(page, job)),
    fact(text.request, requestWords(job.request)),
    ...(job.asked === undefined ? [] : [fact(text.asked, momentOf(page, job.asked))]),
    ...(job.state !== 'ended' || job.expires === undefined ? [] : [fact(text.expires, momentOf(page, job.expires))]),
    fact(text.id, markup`<code translate="no">${job.id}</code>`),
  ];
}
