/** Pages of test receivers: addresses that show the notifications of subscriptions. All received content is foreign, and shown as text. */
import { markup, type Html } from '@dhp/web-kit';
import { fact } from '../applications/fact.ts';
import { csrfField, whole } from '../applications/pages.ts';
import { indented } from '../explorer/shown-json.ts';
import type { Page } from '../page/layout.ts';
import { moment, wordOf } from '../subscriptions/words.ts';
import { receiversMessages } from '../texts/receivers.ts';
import { saidBy, type Notification, type Receiver } from './shapes.ts';

export interface ShownReceivers {
  /** Undefined if the playground does not answer, null if this installation has none. */
  readonly receivers: readonly Receiver[] | null | undefined;
  readonly isTooMany?: boolean;
  readonly notice?: string | undefined;
}

const alarm = (sentence: string): Html => markup`<p class="alarm" role="alert">${sentence}</p>`;
const noticeOf = (words: string | undefined): Html | undefined =>
  words === undefined ? undefined : markup`<p class="notice" role="status">${words}</p>`;

export function receiversPage(page: Page, { receivers, isTooMany, notice }: ShownReceivers): string {
  const text = receiversMessages[page.language];
  const at = `${page.root}applications/receivers`;
  const form = markup`<form class="form" method="post" action="${at}">
    ${csrfField(page)}<button class="button">${text.make}</button>
  </form>`;
  const list = receivers?.map(
    ({ id, address, ends, numbered }) =>
      markup`<li class="card">
        <div>
          <h2 class="small"><a href="${at}/${id}"><code translate="no">${address}</code></a></h2>
          <p class="quiet">${text.count({ count: numbered })} · ${text.ends} ${moment(page, new Date(ends))}</p>
        </div>
      </li>`,
  );
  const main = markup`${noticeOf(notice)} ${isTooMany === true && alarm(text.tooMany)}
    <p class="quiet">${text.about}</p>
    ${receivers === undefined && alarm(text.away)} ${receivers === null && markup`<p class="notice">${text.absent}</p>`}
    ${receivers?.length === 0 && markup`<p role="status">${text.none}</p>`}
    ${list !== undefined && list.length > 0 && markup`<ul class="list subscriptions">${list}</ul>`}
    ${receivers !== undefined && receivers !== null && form}
    <p><a href="${page.root}applications">${text.applications}</a></p>`;
  return whole({ ...page, styles: [page.assets.requests] }, text.title, main);
}

export interface ShownReceiver {
  readonly receiver: Receiver;
  readonly notifications: readonly Notification[];
  readonly notice?: string | undefined;
}

export function receiverPage(page: Page, { receiver, notifications, notice }: ShownReceiver): string {
  const text = receiversMessages[page.language];
  const at = `${page.root}applications/receivers`;
  const { id, address, secret, ends, numbered } = receiver;
  const code = (words: string): Html => markup`<code translate="no">${words}</code>`;
  const example = JSON.stringify(
    { endpoint: address, parameter: [{ name: 'webhook-secret', value: secret }] },
    undefined,
    2,
  );
  const main = markup`${noticeOf(notice)}
    <dl class="facts">
      ${fact(text.address, code(address))} ${fact(text.secret, code(secret))}
      ${fact(text.ends, moment(page, new Date(ends)))}
    </dl>
    <p>${text.how}</p>
    <div class="code"><pre tabindex="0" translate="no"><code>${example}</code></pre></div>
    ${answerForm(page, `${at}/${id}`, receiver)}
    <h2>${text.notifications.title}</h2>
    <p class="quiet">${text.notifications.about} ${text.count({ count: numbered })}.</p>
    ${notifications.length === 0 ? markup`<p role="status">${text.notifications.none}</p>` : notifications.map((one, n) => entry(page, one, n === 0))}
    <div class="actions">
      <a class="button other" href="${at}/${id}">${text.refresh}</a>
      <form method="post" action="${at}/${id}">
        ${csrfField(page)}<input type="hidden" name="act" value="remove" /><button class="button danger">${text.remove}</button>
      </form>
    </div>
    <p><a href="${at}">${text.back}</a></p>`;
  return whole({ ...page, styles: [page.assets.requests] }, text.one, main);
}

function answerForm(page: Page, action: string, { answer }: Receiver): Html {
  const text = receiversMessages[page.language].answer;
  const options = (['takes', 'fails', 'slow'] as const).map(
    (name) => markup`<option value="${name}"${name === answer && markup` selected`}>${text[name]}</option>`,
  );
  return markup`<form class="form" method="post" action="${action}">
    ${csrfField(page)}<input type="hidden" name="act" value="answer" />
    <label
      >${text.title}
      <p class="hint" id="answer-hint">${text.about}</p>
      <select name="answer" aria-describedby="answer-hint">
        ${options}
      </select></label
    >
    <button class="button">${text.set}</button>
  </form>`;
}

const looks: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ right: '', wrong: 'failed', none: 'waits' }),
);

function entry(page: Page, notification: Notification, isOpen: boolean): Html {
  const { notifications: text, types } = receiversMessages[page.language];
  const { number, received, headers, body, bytes, signature } = notification;
  const { type, numbers } = saidBy(notification);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const kept = Buffer.byteLength(body);
  return markup`<details class="card notification"${isOpen && markup` open`}>
    <summary>
      <strong>${text.number({ number: String(number) })}</strong> ${moment(page, new Date(received))}
      ${type !== '' && markup`<span class="chip">${wordOf(types, type)}${numbers.length > 0 && ` ${range(numbers)}`}</span>`}
      <span class="chip ${looks.get(signature) ?? ''}">${wordOf(text.signature, signature)}</span>
    </summary>
    <h3>${text.headers}</h3>
    <div class="code"><pre tabindex="0" translate="no"><code>${fields.join('\n')}</code></pre></div>
    <h3>${text.content}</h3>
    ${kept < bytes && markup`<p class="quiet">${text.cut({ shown: String(kept), count: String(bytes) })}</p>`}
    <div class="code"><pre tabindex="0" translate="no"><code>${indented(body) ?? body}</code></pre></div>
  </details>`;
}

const range = (numbers: readonly string[]): string =>
  numbers.length === 1 ? numbers[0]! : `${numbers[0]!}–${numbers.at(-1)!}`;
