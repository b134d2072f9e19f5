/** Pages that register an application: its kind, its task, and its credentials, which are shown once. */
import { markup, type Html } from '@dhp/web-kit';
import { copyButton } from '../page/copy.ts';
import { examples } from '../page/examples.ts';
import type { Page } from '../page/layout.ts';
import type { PortalOptions } from '../options.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { portalMessages } from '../texts/portal.ts';
import { keyFields, launchAddressField, redirectField, shown, type ChangeTyped } from './change-pages.ts';
import { alarm, csrfField, whole, type Refusal } from './pages.ts';
import type { Kind, NewApplication, Organization } from './shapes.ts';
import { kindWords, taskWords } from './words.ts';

export function kindsPage(page: Page, kinds: readonly Kind[], organization: string): string {
  const text = applicationsMessages[page.language].wizard;
  const choices = kinds.map(({ kind }) => {
    const { title, about } = kindWords(kind, page.language);
    const href = `${page.root}applications/new/${kind}?organization=${organization}`;
    return markup`<li>
      <a class="choice" href="${href}"
        ><span><strong>${title}</strong>${about}</span></a
      >
    </li>`;
  });
  return whole(page, text.kind, markup`<ul class="choices">${choices}</ul>`);
}

/** Typed values of the form, if it is shown again. */
export interface Typed extends ChangeTyped {
  readonly organization: string;
  readonly task: string;
}

export function detailsPage(
  page: Page,
  kind: Kind,
  { organizations, typed, refusal }: { organizations: readonly Organization[]; typed: Typed; refusal?: Refusal },
): string {
  const text = applicationsMessages[page.language].wizard;
  const { title, about } = kindWords(kind.kind, page.language);
  const action = `${page.root}applications/new/${kind.kind}`;
  const wrong = refusal?.reason;
  const main = markup`<p class="quiet">${about}</p>
    <form class="form" method="post" action="${action}">
      ${csrfField(page)} ${alarm(refusal, page)} ${organizationField(organizations, typed, page)}
      <label
        >${text.name}
        <p class="hint" id="name-hint">${text.nameHint}</p>
        <input
          type="text"
          name="client_name"
          required
          maxlength="100"
          value="${typed.name}"
          aria-describedby="name-hint"${wrong === 'invalid-name' && invalid}
      /></label>
      ${taskField(kind, typed.task, page)} ${kind.has_redirects && redirectField(page, { kind: kind.kind, typed: typed.redirects, wrong })}
      ${kind.has_redirects && launchAddressChoice(page, typed, wrong)} ${!kind.public && keysChoice(page, typed)}
      <button class="button">${text.make}</button>
    </form>`;
  return whole(page, title, main);
}

/** For an application that software of health workers opens; most have no such address. */
function launchAddressChoice(page: Page, typed: Typed, wrong: string | undefined): Html {
  return markup`<details${typed.launchAddress !== '' && markup` open`}>
    <summary>${applicationsMessages[page.language].wizard.launchAddressChoose}</summary>
    ${launchAddressField(page, typed, wrong)}
  </details>`;
}

/** Keys in place of a secret, for developers who can sign. */
function keysChoice(page: Page, typed: Typed): Html {
  const isOpen = typed.jwks !== '' || typed.jwksUri !== '';
  return markup`<details${isOpen && markup` open`}>
    <summary>${applicationsMessages[page.language].keys.choose}</summary>
    ${keyFields(page, typed)}
  </details>`;
}

const invalid = markup` aria-invalid="true"`;

function organizationField(organizations: readonly Organization[], { organization }: Typed, page: Page): Html {
  const text = applicationsMessages[page.language].wizard;
  const [only] = organizations;
  if (organizations.length === 1) return markup`<input type="hidden" name="organization" value="${only!.id}" />`;
  const options = organizations.map(
    ({ id, name }) => markup`<option value="${id}"${id === organization && markup` selected`}>${name}</option>`,
  );
  return markup`<label>${text.organization} <select name="organization">${options}</select></label>`;
}

function taskField({ tasks }: Kind, chosen: string, page: Page): Html {
  const text = applicationsMessages[page.language].wizard;
  const choices = tasks.map(({ task, scope }) => {
    const { title, about } = taskWords(task, page.language);
    const checked = task === chosen && markup` checked`;
    return markup`<label class="choice"
      ><input type="radio" name="task" value="${task}" required${checked} /><span
        ><strong>${title}</strong>${about} <span class="hint"><code translate="no">${scope}</code></span></span
      ></label
    >`;
  });
  return markup`<fieldset>
    <legend>${text.task}</legend>
    <div class="choices">${choices}</div>
  </fieldset>`;
}

/** The credentials, and the first lines to run with them. The secret is shown only on this page. */
export function madePage(page: Page, application: NewApplication, options: PortalOptions): string {
  const [text, common] = [applicationsMessages[page.language].made, portalMessages[page.language]];
  const { client_id: id, client_secret: secret } = application;
  const isProduction = application.environment === 'production';
  const main = markup`<p class="notice" role="status">${isProduction ? text.doneProduction : text.done}</p>
    ${shown('client-id', 'client_id', id, page)}
    ${secret === undefined ? markup`<p>${application.has_keys ? text.keys : text.noSecret}</p>` : secretOnce(secret, page)}
    ${secret !== undefined && !isProduction && firstSteps(application, options, page)}
    <p class="actions"><a class="button" href="${page.root}applications/${id}">${text.goOn}</a></p>
    ${application.kind !== 'backend' && markup`<p>${common.services.addresses.openid}: <code translate="no">${options.urls.sso}/.well-known/openid-configuration</code></p>`}`;
  return whole({ ...page, isOnce: true }, application.client_name, main);
}

const secretOnce = (secret: string, page: Page): Html =>
  markup`${shown('client-secret', 'client_secret', secret, page)}
    <p class="alarm">${applicationsMessages[page.language].made.once}</p>`;

/** Lines for a shell that get a token and, as far as the scopes reach, read and store a Patient. */
function firstSteps(application: NewApplication, options: PortalOptions, page: Page): Html {
  if (application.kind !== 'backend') return markup``;
  const text = portalMessages[page.language];
  const { curl } = examples(options);
  const token = curl.token
    .replace("CLIENT_ID='…'", `CLIENT_ID='${application.client_id}'`)
    .replace("CLIENT_SECRET='…'", `CLIENT_SECRET='${application.client_secret ?? ''}'`);
  const may = (letter: string): boolean =>
    application.scope.split(' ').some((one) => new RegExp(`^system/Patient\\.[cruds]*${letter}`).test(one));
  const steps = [
    { id: 'token', title: text.steps.token.title, lines: token, isFor: true },
    { id: 'read', title: text.steps.read.title, lines: curl.read, isFor: may('r') && may('s') },
    { id: 'create', title: text.steps.create.title, lines: curl.create, isFor: may('c') },
  ];
  return markup`<section aria-labelledby="try">
    <h2 id="try">${applicationsMessages[page.language].made.try}</h2>
    ${steps
      .filter(({ isFor }) => isFor)
      .map(
        ({ id, title, lines }) =>
          markup`<h3>${title}</h3>
          <div class="code">
            <pre><code id="try-${id}" translate="no">${lines}</code></pre>
            ${copyButton(`try-${id}`, text, title)}
          </div>`,
      )}
  </section>`;
}
