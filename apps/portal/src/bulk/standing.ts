/** The state of a job: a chip, a bar, a line of a list. */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { bulkMessages } from '../texts/bulk.ts';
import { isOfTables, type Job } from './jobs.ts';
import { momentOf, sized } from './words.ts';

/** Whether the job has ended with an error status. */
const hasFailed = ({ state, status = 200 }: Job): boolean => state === 'ended' && status >= 400;

export function stateChip({ language }: Page, job: Job): Html {
  const { states } = bulkMessages[language];
  if (hasFailed(job)) return markup`<span class="chip failed">${states.failed}</span>`;
  if (job.state === 'ended') return markup`<span class="chip">${states.ended}</span>`;
  if (job.state === 'running') return markup`<span class="chip">${states.running}</span>`;
  return markup`<span class="chip waits">${states.waiting}</span>`;
}

/** A progress bar with text, for sighted users and screen readers. */
export function progressOf(page: Page, job: Job): Html {
  const text = bulkMessages[page.language];
  const words = progressWords(page, job);
  if (hasFailed(job)) return markup`<p class="standing" role="status"><strong>${text.progress.failed}</strong></p>`;
  const value = job.state === 'ended' ? 1 : job.share;
  return markup`<div class="standing">
    <p id="progress-words" role="status"><strong>${words}</strong></p>
    <progress max="100"${value !== undefined && markup` value="${String(Math.round(value * 100))}"`} aria-labelledby="progress-words"></progress>
  </div>`;
}

function progressWords({ language }: Page, { state, share, done, attempt, kind }: Job): string {
  const text = bulkMessages[language].progress;
  if (state === 'ended') return text.ended;
  if (state === 'waiting') return attempt === 0 ? text.waiting : text.again({ attempt: String(attempt + 1) });
  const percent = new Intl.NumberFormat(language === 'en' ? 'en-GB' : language, { style: 'percent' });
  const made = kind === 'import' || done === 0 ? '' : sized(language, done);
  return [share === undefined ? text.running : text.share({ share: percent.format(share) }), made]
    .filter((one) => one !== '')
    .join(' · ');
}

/** Path and query of a request, as people read it. */
export function requestWords(request: string): Html {
  const [method = '', url = ''] = request.split(' ', 2);
  const parsed = URL.parse(url);
  if (parsed === null) return markup`<code translate="no">${request}</code>`;
  const at = parsed.pathname.search(/\/(?:Patient\/|Group\/[^/]*\/|ViewDefinition\/)?\$/);
  const query = [...parsed.searchParams].map(([name, value]) => `${name}=${value}`);
  const path = at < 0 ? parsed.pathname : parsed.pathname.slice(at);
  return markup`<code translate="no">${method} ${path}${query.length > 0 && `?${query.join('&')}`}</code>`;
}

/** @param list address of the pages of the jobs */
export function jobList(page: Page, list: string, jobs: readonly Job[]): Html {
  const text = bulkMessages[page.language];
  return markup`<ul class="list jobs">
    ${jobs.map(
      (job) =>
        markup`<li class="card">
          <div>
            <h2 class="small"><a href="${list}/${job.id}">${text.kinds[kindOf(job)]}</a></h2>
            <p class="quiet">${requestWords(job.request)}</p>
            <p class="quiet">${job.asked !== undefined && momentOf(page, job.asked)} · ${hasFailed(job) ? text.progress.failed : progressWords(page, job)}</p>
          </div>
          ${stateChip(page, job)}
        </li>`,
    )}
  </ul>`;
}

function kindOf({ kind, request }: Job): 'system' | 'patient' | 'group' | 'tables' | 'import' {
  if (isOfTables(kind)) return 'tables';
  if (kind === 'import') return 'import';
  if (/\/Group\/[^/]+\/\$export/.test(request)) return 'group';
  return /\/Patient\/\$export/.test(request) ? 'patient' : 'system';
}
