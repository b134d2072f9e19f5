/** The pages of a person's own account. Each act is a separate form; only passkeys need a script. */
import type { Account } from '@dhp/accounts';
import type { FactorState, PasswordFlaw } from '@dhp/accounts/sign-in';
import type { Language } from '@dhp/negotiation';
import type { ActivityRow, SessionRow } from '@dhp/grants';
import type { ApplicationRow } from '@dhp/grants/applications';
import { enrolment } from './factor-pages.ts';
import { page, type PageOptions } from '@dhp/sso-pages';
import { markup, type Html } from '@dhp/web-kit';
import { passkeyForm } from './passkey-form.ts';
import { passkeyScript } from './passkey-script.ts';
import { isRequired, scopeSentence } from './scope-words.ts';
import { deviceOf, time } from '@dhp/sso-kit';
import { accountMessages } from '../texts/account.ts';
import { factorMessages } from '../texts/factor.ts';
import { linkMessages, type LinkMessages } from '../texts/link.ts';
import { ownMessages } from '../texts/own.ts';

export const accountTabs = ['profile', 'security', 'sessions', 'applications', 'activity', 'access'] as const;
export type AccountTab = (typeof accountTabs)[number];

export interface AccountPageOptions extends PageOptions {
  timeZone: string;
  /** Result of the person's last act. */
  notice?:
    | 'done'
    | 'wrong-password'
    | 'connected'
    | 'last-way'
    | 'too-many-passkeys'
    | 'test-person'
    | keyof LinkMessages['failures']
    | PasswordFlaw
    | undefined;
}

export const pathOf = (tab: AccountTab): string => (tab === 'profile' ? '/account' : `/account/${tab}`);

export function profilePage(account: Account, o: AccountPageOptions): string {
  const text = accountMessages[o.language];
  const own = ownMessages[o.language];
  const records = account.identities.map(
    ({ environment, type, fhir_id: id }) =>
      markup`<li><div>${text.types[type]}<small>${environment}: ${type}/${id}</small></div></li>`,
  );
  const main = markup`<dl class="facts"><dt>${text.name}</dt><dd>${account.name}</dd>
<dt>${text.username}</dt><dd>${account.username}</dd>
<dt>${own.email}</dt><dd>${account.email ?? own.noEmail}</dd>
<dt>${text.since}</dt><dd>${time(account.created, o)}</dd></dl>
<div class="actions"><a class="button other" href="/account/edit">${own.change}</a></div>
<h2>${text.records}</h2>
${records.length === 0 ? markup`<p class="quiet">${text.noRecords}</p>` : markup`<ul class="rows">${records}</ul>`}
<div class="actions">${act(o, 'sign-out', text.signOut)}<a class="button danger" href="/account/close">${own.close}</a></div>`;
  return accountPage('profile', main, o);
}

export function securityPage(
  state: FactorState,
  o: AccountPageOptions & { hasPassword: boolean; registration: object; systems: ConnectedSystems },
): string {
  const text = accountMessages[o.language];
  const passkeys = state.passkeys.map(
    ({ credentialId, name, lastUsed }) =>
      markup`<li><div>${name}<small>${text.used}: ${lastUsed === undefined ? text.never : time(lastUsed, o)}</small></div>
${renaming(o, credentialId, name)}${act(o, 'remove-passkey', text.remove, { credential_id: credentialId }, 'danger')}</li>`,
  );
  const codes = state.totp
    ? markup`<p>${text.codesOn({ left: state.recoveryCodesLeft })}</p>
<div class="actions">${act(o, 'new-recovery-codes', text.newRecovery)}${act(o, 'remove-codes', text.turnOff, {}, 'danger')}</div>`
    : markup`<p class="quiet">${text.codesOff}</p><div class="actions"><a class="button other" href="/account/codes">${text.setUp}</a></div>`;
  const main = markup`<h2>${text.codes}</h2>${codes}
<h2>${text.passkeys}</h2>
<p class="quiet">${factorMessages[o.language].passkeyHint}</p>
${passkeys.length === 0 ? markup`<p>${text.passkeysNone}</p>` : markup`<ul class="rows">${passkeys}</ul>`}
${passkeyForm({ ...o, action: '/account' }, o.registration, { step: 'add-passkey', label: factorMessages[o.language].makePasskey, or: false, isNamed: true })}
${o.hasPassword ? passwordForm(o) : markup``}${systemsPart(o)}`;
  return accountPage('security', main, o, { script: passkeyScript });
}

function renaming(o: AccountPageOptions, credentialId: string, name: string): Html {
  const text = ownMessages[o.language];
  return markup`<details><summary>${text.rename}</summary><form method="post" action="/account"><input type="hidden" name="csrf" value="${o.csrf}">
<input type="hidden" name="credential_id" value="${credentialId}">
<input name="name" value="${name}" maxlength="60" required aria-label="${text.passkeyName}">
<button class="other" name="step" value="rename-passkey">${text.rename}</button></form></details>`;
}

/** The identity systems by which the person signs in, and those that can be connected. */
export interface ConnectedSystems {
  links: readonly { name: string; linked: Date }[];
  /** With the address that begins it. */
  others: readonly { name: string; href: string }[];
  /** Whether the person signed in with a credential of the account itself. */
  isOwnProof: boolean;
}

function systemsPart({ systems, ...o }: AccountPageOptions & { systems: ConnectedSystems }): Html {
  const { links, others, isOwnProof } = systems;
  if (links.length + others.length === 0) return markup``;
  const text = linkMessages[o.language];
  const rows = links.map(
    ({ name, linked }) => markup`<li><div>${name}<small>${text.since}: ${time(linked, o)}</small></div></li>`,
  );
  const buttons = others.map(
    ({ name, href }) => markup`<a class="button other" href="${href}">${text.connect({ system: name })}</a>`,
  );
  const more = isOwnProof
    ? markup`<div class="actions">${buttons}</div>`
    : markup`<p class="quiet">${text.needsOwn}</p>`;
  return markup`<h2>${text.title}</h2><p class="quiet">${text.hint}</p>
${rows.length === 0 ? markup`<p>${text.none}</p>` : markup`<ul class="rows">${rows}</ul>`}${others.length === 0 ? markup`` : more}`;
}

function passwordForm(o: AccountPageOptions): Html {
  const text = accountMessages[o.language];
  return markup`<h2>${text.password}</h2>
<form method="post" action="/account"><input type="hidden" name="csrf" value="${o.csrf}">
<label for="current">${text.currentPassword}</label>
<input id="current" name="current" type="password" autocomplete="current-password" required>
<label for="new">${text.newPassword}</label><p class="hint" id="rules">${text.passwordHint}</p>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="10" maxlength="256" required aria-describedby="rules">
<button name="step" value="change-password">${text.changePassword}</button></form>`;
}

export function codesPage(o: AccountPageOptions & { uri: string; secret: string; failed?: 'wrong' }): string {
  const main = enrolment({ ...o, action: '/account' });
  return accountPage('security', markup`<h2>${accountMessages[o.language].codes}</h2>${main}`, o);
}

export function sessionsPage(sessions: readonly SessionRow[], o: AccountPageOptions & { own: string }): string {
  const text = accountMessages[o.language];
  const rows = sessions.map(({ session_uid: uid, began_at: began, last_used_at: used, address, user_agent: agent }) => {
    const here = uid === o.own ? markup` <span class="chip">${text.thisDevice}</span>` : markup``;
    return markup`<li><div>${deviceOf(agent)}${here}<small>${address ?? ''} · ${text.began} ${time(began, o)} · ${text.used} ${time(used, o)}</small></div>
${act(o, 'end-session', text.endSession, { session: uid }, 'danger')}</li>`;
  });
  const main = markup`<ul class="rows">${rows}</ul>
<h2>${text.everywhere}</h2><p class="quiet">${text.everywhereHint}</p>
<div class="actions">${act(o, 'sign-out-everywhere', text.everywhere, {}, 'danger')}</div>`;
  return accountPage('sessions', main, o);
}

export function applicationsPage(applications: readonly ApplicationRow[], o: AccountPageOptions): string {
  const text = accountMessages[o.language];
  const rows = applications.map(({ client_id: id, name, scopes, declined, given_at: given }) => {
    const may = scopes.map((scope) => scopeSentence(scope, o.language)).join('; ');
    return markup`<li><div>${name}<small>${may}</small><small>${text.allowed}: ${time(given, o)}</small>${scopeBoxes(o, { id, scopes, declined })}</div>
${act(o, 'revoke-application', text.revoke, { client: id }, 'danger')}</li>`;
  });
  const main =
    rows.length === 0 ? markup`<p class="quiet">${text.applicationsNone}</p>` : markup`<ul class="rows">${rows}</ul>`;
  return accountPage('applications', main, o);
}

/** Empty if the application has asked only for the required scopes. */
function scopeBoxes(
  o: AccountPageOptions,
  { id, scopes, declined }: { id: string; scopes: readonly string[]; declined: readonly string[] },
): Html {
  const text = accountMessages[o.language];
  if ([...scopes, ...declined].every(isRequired)) return markup``;
  const box = (scope: string, isAllowed: boolean): Html => {
    const state = isRequired(scope) ? markup` checked disabled` : isAllowed ? markup` checked` : markup``;
    return markup`<li><label><input type="checkbox" name="scope" value="${scope}"${state}><span>${scopeSentence(scope, o.language)}</span></label></li>`;
  };
  return markup`<details><summary>${text.chooseScopes}</summary><form method="post" action="/account"><input type="hidden" name="csrf" value="${o.csrf}">
<input type="hidden" name="client" value="${id}">
<ul class="asks">${scopes.map((scope) => box(scope, true))}${declined.map((scope) => box(scope, false))}</ul>
<button class="other" name="step" value="choose-scopes">${text.saveScopes}</button></form></details>`;
}

export function activityPage(activity: readonly ActivityRow[], o: AccountPageOptions): string {
  const text = accountMessages[o.language];
  const events: Readonly<Record<string, string>> = text.events;
  const rows = activity.map(({ recorded, event, address, client }) => {
    const words = (Object.hasOwn(events, event) ? events[event] : undefined) ?? text.otherEvent;
    const which = client === null ? markup`` : markup`<br><span class="quiet small">${client}</span>`;
    return markup`<tr><td>${time(recorded, o)}</td><td>${words}${which}</td><td>${address ?? ''}</td></tr>`;
  });
  const main = markup`<div class="scroll" tabindex="0" role="region" aria-label="${text.tabs.activity}"><table>
<thead><tr><th scope="col">${text.when}</th><th scope="col">${text.what}</th><th scope="col">${text.where}</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
  return accountPage('activity', main, o);
}

/** @param at the path of the page, if it is not the tab's own, and the token of the link that led there */
export function accountPage(
  tab: AccountTab,
  content: Html,
  o: AccountPageOptions,
  { path = pathOf(tab), token, script }: { path?: string; token?: string; script?: string } = {},
): string {
  const text = accountMessages[o.language];
  const tabs = accountTabs.map((one) => {
    const current = one === tab ? markup` aria-current="page"` : markup``;
    return markup`<a href="${pathOf(one)}"${current}>${text.tabs[one]}</a>`;
  });
  const main = markup`<h1>${text.title}</h1>
<nav class="tabs" aria-label="${text.title}">${tabs}</nav>
${notice(o)}${content}`;
  const languageLink = (language: Language): string =>
    `${path}?${new URLSearchParams({ ...(token !== undefined && { token }), ui_locales: language }).toString()}`;
  return page({
    language: o.language,
    title: `${text.title}: ${text.tabs[tab]}`,
    main,
    languageLink,
    wide: true,
    script,
  });
}

function notice({ language, notice: what }: AccountPageOptions): Html {
  const text = accountMessages[language];
  if (what === undefined) return markup``;
  if (what === 'done') return markup`<p class="notice" role="status">${text.done}</p>`;
  const links = linkMessages[language];
  if (what === 'connected') return markup`<p class="notice" role="status">${links.connected}</p>`;
  const said =
    what === 'wrong-password'
      ? text.wrongPassword
      : what === 'last-way'
        ? ownMessages[language].lastWay
        : what === 'too-many-passkeys'
          ? ownMessages[language].tooManyPasskeys
          : what === 'test-person'
            ? ownMessages[language].testPerson
            : what === 'other-account' || what === 'other-person' || what === 'not-connected'
              ? links.failures[what]
              : text.flaws[what];
  return markup`<p class="alarm" role="alert">${said}</p>`;
}

/** A button for one act. */
export function act(
  o: PageOptions,
  step: string,
  label: string,
  fields: Record<string, string> = {},
  look = 'other',
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => markup`<input type="hidden" name="${name}" value="${value}">`,
  );
  return markup`<form method="post" action="/account"><input type="hidden" name="csrf" value="${o.csrf}">${hidden}<button class="${look}" name="step" value="${step}">${label}</button></form>`;
}
