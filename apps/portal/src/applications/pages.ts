/** Pages of the applications of a signed-in person: the list, and one application. */
import { markup, type Html } from '@dhp/web-kit';
import type { PortalOptions } from '../options.ts';
import { layout, type Page } from '../page/layout.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { launcherMessages } from '../texts/launcher.ts';
import { requestsMessages } from '../texts/requests.ts';
import { subscriptionsMessages } from '../texts/subscriptions.ts';
import { dayOf, endFact, endNotices } from './ends.ts';
import { fact } from './fact.ts';
import type { Application, Limits, ListedApplication, Organization, Person } from './shapes.ts';
import { failureWords, kindWords, roleWords, stateWords, taskWords } from './words.ts';

/** A refusal of the SSO, shown above a form. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export function listPage(page: Page, { organizations, limits }: Person, refusal?: Refusal): string {
  const text = applicationsMessages[page.language];
  const main =
    organizations.length === 0
      ? markup`<p>${text.first}</p>
          ${organizationForm(page, refusal)}`
      : markup`${organizations.map((one) => organizationSection(one, page))}
          <details${refusal !== undefined && markup` open`}>
            <summary>${text.organization.another}</summary>
            ${organizationForm(page, refusal)}
          </details>
          ${limits && limitsOf(page, limits)}`;
  return whole(page, text.title, main);
}

/** A page of this section. */
export function whole(page: Page, title: string, main: Html): string {
  return layout({ ...page, hasForms: true }, `${title} (DHP)`, markup`<h1>${title}</h1>`, main);
}

/** The hidden field that proves that a form comes from a page of this session. */
export const csrfField = ({ visitor }: Page): Html =>
  markup`<input type="hidden" name="csrf" value="${visitor?.csrf ?? ''}" />`;

/** The reason of a refusal: in the language of the page if there is a text, otherwise the SSO's message. */
export function alarm(refusal: Refusal | undefined, { language }: Page): Html | undefined {
  if (refusal === undefined) return undefined;
  const words = failureWords(refusal.reason, language);
  const said =
    words === undefined || language === 'en' ? markup`<p lang="en">${refusal.message}</p>` : markup`<p>${words}</p>`;
  return markup`<div class="alarm" role="alert" id="refusal">${said}</div>`;
}

function organizationForm(page: Page, refusal: Refusal | undefined): Html {
  const text = applicationsMessages[page.language].organization;
  return markup`<form class="form" method="post" action="${page.root}applications/organizations">
    ${csrfField(page)} ${alarm(refusal, page)}
    <label
      >${text.name}
      <p class="hint" id="organization-hint">${text.hint}</p>
      <input
        type="text"
        name="name"
        required
        maxlength="100"
        autocomplete="organization"
        aria-describedby="organization-hint"
    /></label>
    <button class="button">${text.make}</button>
  </form>`;
}

function organizationSection({ id, name, role, applications }: Organization, page: Page): Html {
  const text = applicationsMessages[page.language];
  const list =
    applications.length === 0
      ? markup`<p class="quiet">${text.none}</p>`
      : markup`<ul class="list">
          ${applications.map((one) => entry(one, page))}
        </ul>`;
  return markup`<section aria-labelledby="o-${id}">
    <h2 id="o-${id}">${name} <span class="chip">${roleWords(role, page.language)}</span></h2>
    ${list}
    <p class="actions">
      <a class="button" href="${page.root}applications/new?organization=${id}">${text.register}</a>
      <a class="button other" href="${page.root}applications/organizations/${id}">${text.members.show}</a>
    </p>
  </section>`;
}

function entry(
  { client_id: id, client_name: name, kind, environment, state, ends }: ListedApplication,
  page: Page,
): Html {
  const { language, root } = page;
  return markup`<li class="card">
    <div>
      <h3><a href="${root}applications/${id}">${name}</a></h3>
      <p class="quiet">${kindWords(kind, language).title} · <code translate="no">${id}</code></p>
    </div>
    <span class="chip">${environmentWords(environment, page)}</span>
    <span class="chip">${stateWords(state, language)}</span>
    ${endChip(ends, page)}
  </li>`;
}

/** A mark if a credential has expired or expires soon; the page of the application names it. */
function endChip(ends: string | null | undefined, { language }: Page): Html | undefined {
  if (ends !== 'ended' && ends !== 'ends-soon') return undefined;
  const { marks } = applicationsMessages[language].ends;
  return markup`<span class="chip ${ends === 'ended' ? 'failed' : 'waits'}">${marks[ends]}</span>`;
}

function environmentWords(environment: string, { language }: Page): string {
  const text = applicationsMessages[language].environments;
  return environment === 'production' ? text.production : text.playground;
}

export function applicationPage(
  page: Page,
  application: Application,
  { notice, rates }: { notice?: string | undefined } & Pick<PortalOptions, 'rates'> = {},
): string {
  const { language, root } = page;
  const text = applicationsMessages[language];
  const { state } = application;
  const main = markup`${notice !== undefined && markup`<p class="notice" role="status">${notice}</p>`}
    ${endNotices(application, page)}
    <p>
      <span class="chip">${environmentWords(application.environment, page)}</span>
      <span class="chip">${stateWords(state, language)}</span>
    </p>
    <dl class="facts">${factsOf(application, page)} ${ratesFact(page, rates)}</dl>
    ${state !== 'revoked' && doings(application, page)}
    <p><a href="${root}applications/${application.client_id}/requests">${requestsMessages[language].open}</a></p>
    ${application.kind === 'backend' && markup`<p><a href="${root}applications/${application.client_id}/subscriptions">${subscriptionsMessages[language].open}</a></p>`}
    ${application.kind === 'backend' && markup`<p><a href="${root}applications/${application.client_id}/views">${text.data}</a></p>`}
    <p><a href="${root}applications">${text.back}</a></p>`;
  return whole(page, application.client_name, main);
}

/** Links to all that can be done with it. */
function doings(application: Application, page: Page): Html {
  const { client_id: id, role, environment, public: isPublic, has_keys: hasKeys, live_secrets: live } = application;
  const text = applicationsMessages[page.language];
  const link = (act: string, words: string, look = 'other'): Html =>
    markup`<a class="button ${look}" href="${page.root}applications/${id}/${act}">${words}</a>`;
  const isOwner = role === 'owner';
  const isLaunched = environment === 'playground' && application.redirect_uris.length > 0;
  return markup`<p class="actions">
    ${environment === 'playground' && link('production', text.production.open, '')}
    ${isLaunched && markup`<a class="button other" href="${page.root}explorer/launch?client=${id}">${launcherMessages[page.language].open}</a>`}
    ${link('change', text.change.open)}
    ${!isPublic && !hasKeys && link('secret', live > 1 ? text.secret.drop.open : text.secret.second.open)}
    ${isOwner && link('revoke', text.revoke.open, 'danger')}
  </p>`;
}

function factsOf(application: Application, page: Page): Html[] {
  const { language } = page;
  const text = applicationsMessages[language].facts;
  const { public: isPublic, has_keys: hasKeys, live_secrets: secrets, redirect_uris: redirects } = application;
  const { initiate_login_uri: launchAddress } = application;
  const credentials = isPublic ? text.noSecret : hasKeys ? text.keys : text.secrets({ count: secrets });
  return [
    fact('client_id', markup`<code translate="no">${application.client_id}</code>`),
    fact(text.organization, application.organization.name),
    fact(text.kind, kindWords(application.kind, language).title),
    fact(text.task, taskWords(application.task, language).title),
    fact(text.scopes, markup`<code translate="no">${application.scope}</code>`),
    ...(redirects.length === 0 ? [] : [fact(text.redirects, markup`<ul>${redirects.map(address)}</ul>`)]),
    ...(launchAddress === null ? [] : [fact(text.launchAddress, markup`<code translate="no">${launchAddress}</code>`)]),
    fact(text.credentials, credentials),
    ...endFact(application, page),
    fact(
      text.created,
      markup`<time datetime="${application.created_at}">${dayOf(application.created_at, page)}</time>`,
    ),
  ];
}

const address = (uri: string): Html => markup`<li><code translate="no">${uri}</code></li>`;

export function revokePage(page: Page, { client_id: id, client_name: name }: Application, refusal?: Refusal): string {
  const { root } = page;
  const text = applicationsMessages[page.language].revoke;
  const main = markup`<ul class="bullets">
      ${Object.values(text.follows).map((one) => markup`<li>${one}</li>`)}
    </ul>
    <form class="form" method="post" action="${root}applications/${id}/revoke">
      ${csrfField(page)} ${alarm(refusal, page)}
      <p class="actions">
        <button class="button danger">${text.yes}</button>
        <a class="button other" href="${root}applications/${id}">${text.no}</a>
      </p>
    </form>`;
  return whole(page, text.ask({ name }), main);
}

/** How many organisations and applications there may be, and are. */
function limitsOf(page: Page, limits: Limits): Html {
  const { organizations, applications, applications_of_organization: ofOrganization } = limits;
  const text = applicationsMessages[page.language].limits;
  return markup`<p class="quiet">
    ${text.organizations(organizations)} ${text.applications(applications)} ${text.ofOrganization({ most: ofOrganization })}
  </p>`;
}

/** Requests that a node answers of one application in a minute, beyond which it says 429. */
function ratesFact({ language }: Page, rates: PortalOptions['rates']): Html[] {
  if (rates === undefined) return [];
  const text = applicationsMessages[language];
  const number = new Intl.NumberFormat(language === 'en' ? 'en-GB' : language);
  const shown = (rate: number): string => (rate === 0 ? text.limits.none : number.format(rate));
  const words = text.limits.rates({ fhir: shown(rates.fhir), sso: shown(rates.sso) });
  return [fact(text.facts.rates, words)];
}
