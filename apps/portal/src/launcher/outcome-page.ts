/** Requests and answers of a launch, one section a step, and a link to continue with the token. */
import { markup, type Html } from '@dhp/web-kit';
import { csrfField, whole } from '../applications/pages.ts';
import { shown } from '../applications/change-pages.ts';
import { failureWords } from '../applications/words.ts';
import { ownToken } from '../explorer/typed.ts';
import type { Page } from '../page/layout.ts';
import { launcherMessages } from '../texts/launcher.ts';
import { ownTokenTrouble } from '../explorer/own-token-section.ts';
import type { Plan } from './course.ts';
import type { Launched } from './shapes.ts';
import type { Check, Failure, Outcome, LaunchStep } from './steps.ts';

export function outcomePage(page: Page, { application, person }: Plan, { steps, failure, held }: Outcome): string {
  const text = launcherMessages[page.language];
  const { client_id: id, client_name: name } = application;
  const said =
    failure === undefined
      ? markup`<p class="notice" role="status">${text.done({ name: person.name })}</p>`
      : markup`<div class="alarm" role="alert"><p>${failureText(page, failure)}</p></div>`;
  const main = markup`${said}
    <ol class="wire">
      ${steps.map((step) => stepItem(page, step))}
    </ol>
    ${held !== undefined && useForm(page, held)}
    <p><a href="${page.root}explorer/launch?client=${id}">${text.again}</a></p>`;
  return whole({ ...page, isOnce: true, styles: [page.assets.explorer] }, text.titleOf({ name }), main);
}

function stepItem(page: Page, { name, request, answer, checks = [] }: LaunchStep): Html {
  const text = launcherMessages[page.language];
  const { title, about } = text.steps[name];
  const lines = (all: readonly string[]): Html =>
    markup`<pre tabindex="0"><code translate="no">${all.map((line) => markup`${line}\n`)}</code></pre>`;
  return markup`<li>
    <h2>${title}</h2>
    <p class="quiet">${about}</p>
    ${request.length > 0 && lines(request)} ${answer !== undefined && markup`<h3>${text.answer}</h3>${lines(answer)}`}
    ${
      checks.length > 0 &&
      markup`<ul class="checks">
        ${checks.map((check) => checkItem(page, check))}
      </ul>`
    }
  </li>`;
}

function checkItem(page: Page, { name, isGood }: Check): Html {
  const { checks, notSo } = launcherMessages[page.language];
  const check = checks[name];
  return isGood ? markup`<li class="is-good">✓ ${check}</li>` : markup`<li class="is-error">✗ ${notSo({ check })}</li>`;
}

/** Calls with the token: the first one reads the patient in context. */
function useForm(page: Page, held: NonNullable<Outcome['held']>): Html {
  const text = launcherMessages[page.language];
  const path = held.patient === undefined ? '/metadata' : `/Patient/${held.patient}`;
  const fields = {
    held: held.sealed,
    server: 'fhir',
    application: ownToken,
    method: 'GET',
    path,
    headers: '',
    body: '',
  };
  return markup`<form class="form" method="post" action="${page.root}explorer#answer">
    ${csrfField(page)}
    ${Object.entries(fields).map(([name, value]) => markup`<input type="hidden" name="${name}" value="${value}" />`)}
    <p class="quiet">${text.held}</p>
    <button class="button">${held.patient === undefined ? text.use : text.readPatient}</button>
  </form>`;
}

function failureText(page: Page, failure: Failure): string {
  const text = launcherMessages[page.language].failures;
  switch (failure.because) {
    case 'refused':
      return failureWords(failure.reason, page.language) ?? failure.message;
    case 'away':
      return text.away;
    case 'stopped':
      return text.stopped({ heading: failure.heading });
    case 'check':
      return text.check;
    case 'keys':
      return text.keys;
    case 'error':
      return text.error({ error: failure.error, reason: ownTokenTrouble(page, failure.error, '') });
  }
}

/** The address at which a browser opens the application itself, in a window in which nobody is signed in yet. */
export function linkPage(page: Page, { application, person }: Plan, { launch_url: url }: Launched): string {
  const text = launcherMessages[page.language];
  const { client_id: id, client_name: name } = application;
  const main = markup`<p class="notice" role="status">${text.link.made({ name: person.name })}</p>
    ${shown('launch-url', text.link.address, url ?? '', page)}
    <ol class="bullets numbers">
      ${Object.values(text.link.steps).map((one) => markup`<li>${one}</li>`)}
    </ol>
    <p><a href="${page.root}applications/${id}/requests?server=sso">${text.link.log}</a></p>
    <p><a href="${page.root}explorer/launch?client=${id}">${text.again}</a></p>`;
  return whole({ ...page, isOnce: true, styles: [page.assets.explorer] }, text.titleOf({ name }), main);
}
