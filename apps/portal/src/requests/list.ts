/** A list of requests: a table if there is room, and cards on a telephone. */
import { markup, type Html } from '@dhp/web-kit';
import type { Application } from '../applications/shapes.ts';
import type { Page } from '../page/layout.ts';
import { requestsMessages } from '../texts/requests.ts';
import type { LoggedRequest } from './shapes.ts';
import { codeOf, why } from './why.ts';

export function requestList(page: Page, requests: readonly LoggedRequest[], application: Application): Html {
  const text = requestsMessages[page.language].columns;
  return markup`<table class="requests">
    <thead>
      <tr>
        <th scope="col">${text.time}</th>
        <th scope="col">${text.request}</th>
        <th scope="col">${text.answer}</th>
        <th scope="col">${text.taken}</th>
        <th scope="col">${text.id}</th>
      </tr>
    </thead>
    <tbody>
      ${requests.map((one) => row(page, one, application))}
    </tbody>
  </table>`;
}

/** Numbers as the language writes them, with a digit behind the point. */
export const numbersOf = (language: Page['language']): Intl.NumberFormat =>
  new Intl.NumberFormat(language === 'en' ? 'en-GB' : language, { maximumFractionDigits: 1 });

function row(page: Page, request: LoggedRequest, application: Application): Html {
  const text = requestsMessages[page.language];
  const { time, method, path, query, status, milliseconds, requestId, entry, issues } = request;
  const moment = new Date(time);
  const shown = new Intl.DateTimeFormat(page.language === 'en' ? 'en-GB' : page.language, {
    ...{ day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    timeZone: 'Asia/Tashkent',
  }).format(moment);
  const number = numbersOf(page.language);
  return markup`<tr class="${classOf(status)}">
    <td><time datetime="${moment.toISOString()}">${shown}</time></td>
    <td>
      <code translate="no"><strong>${method}</strong> ${path}${query !== undefined && `?${query}`}</code>
      ${typeof entry === 'number' && markup`<span class="chip">${text.entry({ number: entry })}</span>`}
      ${issues.length > 0 && issueList(page, request, application)}
    </td>
    <td><span class="chip">${status === undefined ? text.noAnswer : String(status)}</span></td>
    <td>${milliseconds !== undefined && text.milliseconds({ count: number.format(milliseconds) })}</td>
    <td><code translate="no">${requestId}</code></td>
  </tr>`;
}

function classOf(status: number | undefined): string {
  if (status === undefined || status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'fine';
}

function issueList(page: Page, request: LoggedRequest, application: Application): Html {
  const text = requestsMessages[page.language];
  const { issues } = request;
  const items = issues.map(
    (issue) =>
      markup`<li>
        <code translate="no">${codeLink(page, codeOf(issue))}</code>${' '}${issue.text}${issue.expression !== undefined && markup` <code translate="no">${issue.expression}</code>`}
      </li>`,
  );
  return markup`<details>
    <summary>${text.issues({ count: issues.length })}</summary>
    <ul class="bullets">${items}</ul>
    ${why(page, request, application)}
  </details>`;
}

/** The stable code leads to its page. */
const codeLink = ({ root }: Page, code: string): Html =>
  /^[a-z][a-z_-]{1,60}$/.test(code) ? markup`<a href="${root}errors/${code}">${code}</a>` : markup`${code}`;
