/** Why a request was refused and what to do: the texts of the error's page, and links to forms about this request. */
import { textLanguageOf } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';
import type { Application } from '../applications/shapes.ts';
import { errorAbout } from '../errors/error-catalogue.ts';
import { inlineText } from '../errors/pages.ts';
import type { Page } from '../page/layout.ts';
import { requestsMessages } from '../texts/requests.ts';
import type { Issue, LoggedRequest } from './shapes.ts';

/** The stable code of an issue: of the FHIR servers that of the error, of the SSO that of OAuth. */
export const codeOf = ({ error, code }: Issue): string => error ?? code;

/** The text of each error once, however many issues have it. */
export function why(page: Page, request: LoggedRequest, application: Application): Html {
  const codes = new Set(request.issues.filter(({ severity }) => severity !== 'warning').map(codeOf));
  return markup`${[...codes].map((code) => wordsOn(page, code))} ${waysToAsk(page, request, application)}`;
}

function wordsOn(page: Page, code: string): Html | undefined {
  const about = errorAbout(code);
  if (about?.cause === undefined && about?.remedy === undefined) return undefined;
  const text = requestsMessages[page.language].why;
  const language = textLanguageOf(page.language);
  const part = (name: string, sentence: string | undefined): Html | undefined =>
    sentence === undefined
      ? undefined
      : markup`<dt>${name}</dt>
          <dd>${inlineText(sentence, page.language)}</dd>`;
  return markup`<dl class="why">
      ${part(text.when, about.cause?.[language])} ${part(text.remedy, about.remedy?.[language])}
    </dl>
    <p><a href="${page.root}errors/${code}">${text.more({ code })}</a></p>`;
}

/** Links that open a form with filled-in values, and send nothing. */
function waysToAsk(page: Page, request: LoggedRequest, application: Application): Html | undefined {
  const text = requestsMessages[page.language].why;
  const links = [
    mayExplain(request, application) && link(page, text.access, explanationOf(request, application)),
    request.status === 403 && link(page, text.scopes, scopeCheckOf(request, application)),
  ].filter((one) => one !== false);
  return links.length === 0 ? undefined : markup`<p class="actions">${links}</p>`;
}

const link = ({ root }: Page, words: string, address: string): Html =>
  markup`<a class="button other" href="${root}${address}">${words}</a>`;

const instance = /^\/[A-Z][A-Za-z]{2,40}\/[A-Za-z\d.-]{1,64}$/;

/** A read that found nothing, or was refused, by an application whose calls can be made here. */
function mayExplain({ method, path, status }: LoggedRequest, { kind, environment, state }: Application): boolean {
  const isTried = kind === 'backend' && environment === 'playground' && state === 'works';
  return isTried && method === 'GET' && (status === 403 || status === 404) && instance.test(path);
}

const explanationOf = ({ path }: LoggedRequest, { client_id: application }: Application): string =>
  `explorer?${new URLSearchParams({ application, method: 'GET', path: `${path}/$explain-access` }).toString()}`;

const scopeCheckOf = ({ method, path, query }: LoggedRequest, { scope }: Application): string =>
  `explorer/token?${new URLSearchParams({ method, path: query === undefined ? path : `${path}?${query}`, scope }).toString()}`;
