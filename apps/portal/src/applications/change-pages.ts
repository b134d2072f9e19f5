/** Pages that change an application: its name and addresses, its keys, and another secret. */
import { markup, type Html } from '@dhp/web-kit';
import { copyButton } from '../page/copy.ts';
import type { Page } from '../page/layout.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { portalMessages } from '../texts/portal.ts';
import { alarm, csrfField, whole, type Refusal } from './pages.ts';
import type { Application, NewApplication } from './shapes.ts';

/** Texts of the form. */
export interface ChangeTyped {
  readonly name: string;
  readonly redirects: string;
  readonly jwks: string;
  readonly jwksUri: string;
  /** Address at which software of health workers launches it; '' for none. */
  readonly launchAddress: string;
}

export function changePage(page: Page, application: Application, typed: ChangeTyped, refusal?: Refusal): string {
  const text = applicationsMessages[page.language];
  const { client_id: id, kind, redirect_uris: redirects, has_keys: hasKeys } = application;
  const waits = application.environment === 'production' && markup`<p class="notice">${text.change.approvedAnew}</p>`;
  const main = markup`${waits}
    <form class="form" method="post" action="${page.root}applications/${id}/change">
      ${csrfField(page)} ${alarm(refusal, page)}
      <label
        >${text.wizard.name} <input type="text" name="client_name" required maxlength="100" value="${typed.name}"
      /></label>
      ${redirects.length > 0 && redirectField(page, { kind, typed: typed.redirects, wrong: refusal?.reason })}
      ${redirects.length > 0 && launchAddressField(page, typed, refusal?.reason)}
      ${hasKeys && keyFields(page, typed)}
      <p class="actions">
        <button class="button">${text.change.save}</button>
        <a class="button other" href="${page.root}applications/${id}">${text.change.cancel}</a>
      </p>
    </form>`;
  return whole(page, application.client_name, main);
}

const invalid = markup` aria-invalid="true"`;

/** The redirect addresses, which are looked at while they are typed. */
export function redirectField(
  page: Page,
  { kind, typed, wrong }: { kind: string; typed: string; wrong: string | undefined },
): Html {
  const text = applicationsMessages[page.language].wizard;
  const isWrong = wrong === 'invalid-redirect-uri' && invalid;
  const hint = kind === 'telephone' ? text.redirectsHintTelephone : text.redirectsHint;
  return markup`<label
    >${text.redirects}
    <p class="hint" id="redirects-hint">${hint}</p>
    <textarea
      name="redirect_uris"
      required
      spellcheck="false"
      autocapitalize="none"
      aria-describedby="redirects-hint redirects-check"
      data-check="${page.root}applications/check?kind=${kind}"
      data-fine="${text.redirectsFine}"${isWrong}
    >
${typed}</textarea
    >
    <p class="hint" id="redirects-check" role="status"></p
  ></label>`;
}

/** The address that software of health workers opens to launch the application. */
export function launchAddressField(
  page: Page,
  { launchAddress }: Pick<ChangeTyped, 'launchAddress'>,
  wrong: string | undefined,
): Html {
  const text = applicationsMessages[page.language].wizard;
  return markup`<label
    >${text.launchAddress}
    <p class="hint" id="launch-hint">${text.launchAddressHint}</p>
    <input
      type="url"
      name="initiate_login_uri"
      value="${launchAddress}"
      aria-describedby="launch-hint"${wrong === 'invalid-address' && invalid}
  /></label>`;
}

/** Public keys: a set, or the address at which it is published. */
export function keyFields(page: Page, { jwks, jwksUri }: Pick<ChangeTyped, 'jwks' | 'jwksUri'>): Html {
  const text = applicationsMessages[page.language].keys;
  return markup`<label
      >${text.set}
      <p class="hint" id="jwks-hint">${text.setHint}</p>
      <textarea name="jwks" spellcheck="false" autocapitalize="none" aria-describedby="jwks-hint">${jwks}</textarea></label
    >
    <label
      >${text.address}
      <p class="hint" id="jwks-uri-hint">${text.addressHint}</p>
      <input type="url" name="jwks_uri" value="${jwksUri}" aria-describedby="jwks-uri-hint"
    /></label>`;
}

/** The question before another secret, or before the end of the older one. */
export function secretQuestionPage(page: Page, application: Application, refusal?: Refusal): string {
  const text = applicationsMessages[page.language].secret;
  const { client_id: id, live_secrets: live } = application;
  const isSecond = live < 2;
  const { question, about, yes } = isSecond ? text.second : text.drop;
  const main = markup`<p>${about}</p>
    <form class="form" method="post" action="${page.root}applications/${id}/secret">
      ${csrfField(page)} ${alarm(refusal, page)}
      <input type="hidden" name="act" value="${isSecond ? 'second' : 'drop'}" />
      <p class="actions">
        <button class="button">${yes}</button>
        <a class="button other" href="${page.root}applications/${id}">${text.cancel}</a>
      </p>
    </form>`;
  return whole(page, question, main);
}

/** Another secret, shown once. */
export function secretPage(
  page: Page,
  { client_id: id, client_secret: secret, client_name: name }: NewApplication,
): string {
  const text = applicationsMessages[page.language];
  const main = markup`<p class="notice" role="status">${text.secret.done}</p>
    ${shown('client-secret', 'client_secret', secret ?? '', page)}
    <p class="alarm">${text.made.once}</p>
    <p class="actions"><a class="button" href="${page.root}applications/${id}">${text.made.goOn}</a></p>`;
  return whole({ ...page, isOnce: true }, name, main);
}

/** A value to copy. */
export function shown(target: string, name: string, value: string, page: Page): Html {
  return markup`<div>
    <p class="label">${name}</p>
    <div class="code">
      <pre><code id="${target}" translate="no">${value}</code></pre>
      ${copyButton(target, portalMessages[page.language], name)}
    </div>
  </div>`;
}
