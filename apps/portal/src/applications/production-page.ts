/** The page on which production is requested, and the state of the request. */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { redirectField } from './change-pages.ts';
import { alarm, csrfField, whole, type Refusal } from './pages.ts';
import type { Application, Production, ProductionRequest } from './shapes.ts';
import { stateWords } from './words.ts';

export interface ChecklistTyped {
  readonly profiles: string;
  readonly tests: string;
  readonly contacts: string;
  readonly redirects: string;
}

export function productionPage(
  page: Page,
  { application, production, typed }: { application: Application; production: Production; typed: ChecklistTyped },
  refusal?: Refusal,
): string {
  const text = applicationsMessages[page.language].production;
  const { requests, is_served: isServed } = production;
  const isOpen = requests.some(({ state }) => state === 'awaits-approval' || state === 'works');
  const mayAsk = isServed && !isOpen && application.role === 'owner' && application.state === 'works';
  const main = markup`<p>${text.about}</p>
    ${!isServed && markup`<p class="notice">${text.absent}</p>`}
    ${requests.length > 0 && history(requests, page)} ${mayAsk && checklist(page, application, typed, refusal)}
    ${!mayAsk && isServed && !isOpen && markup`<p class="quiet">${text.ownersAsk}</p>`}
    <p><a href="${page.root}applications/${application.client_id}">${application.client_name}</a></p>`;
  return whole(page, text.title({ name: application.client_name }), main);
}

function history(requests: readonly ProductionRequest[], page: Page): Html {
  const { language, root } = page;
  const text = applicationsMessages[language].production;
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { dateStyle: 'long' });
  const rows = requests.map(
    ({ client_id: id, state, asked_at: at, reason }) =>
      markup`<li class="card">
        <div>
          <h3><a href="${root}applications/${id}"><code translate="no">${id}</code></a></h3>
          <p class="quiet"><time datetime="${at}">${format.format(new Date(at))}</time></p>
          ${reason !== null && markup`<p>${text.reason}: ${reason}</p>`}
        </div>
        <span class="chip">${stateWords(state, language)}</span>
      </li>`,
  );
  return markup`<section aria-labelledby="history">
    <h2 id="history">${text.history}</h2>
    <ul class="list">${rows}</ul>
  </section>`;
}

function checklist(
  page: Page,
  { client_id: id, kind, redirect_uris: redirects }: Application,
  typed: ChecklistTyped,
  refusal: Refusal | undefined,
): Html {
  const text = applicationsMessages[page.language].production;
  const area = (name: string, label: string, hint: string, value: string): Html =>
    markup`<label
      >${label}
      <p class="hint" id="${name}-hint">${hint}</p>
      <textarea name="${name}" required maxlength="2000" aria-describedby="${name}-hint">${value}</textarea></label
    >`;
  return markup`<form class="form" method="post" action="${page.root}applications/${id}/production">
    ${csrfField(page)} ${alarm(refusal, page)} ${area('profiles', text.profiles, text.profilesHint, typed.profiles)}
    ${area('tests', text.tests, text.testsHint, typed.tests)}
    ${area('contacts', text.contacts, text.contactsHint, typed.contacts)}
    ${redirects.length > 0 && redirectField(page, { kind, typed: typed.redirects, wrong: refusal?.reason })}
    <button class="button">${text.ask}</button>
  </form>`;
}
