/** Pages on which a person changes the own name and e-mail address. */
import type { Account } from '@dhp/accounts';
import type { NameKeeper } from '@dhp/accounts/own';
import type { Language } from '@dhp/negotiation';
import { page } from '@dhp/sso-pages';
import { markup, type Html } from '@dhp/web-kit';
import { accountMessages } from '../texts/account.ts';
import { ownMessages } from '../texts/own.ts';
import { accountPage, type AccountPageOptions } from './account-pages.ts';

export const editPath = '/account/edit';

/** Results of a change that the page of name and address reports. */
export const ownNotices = ['badName', 'invalid', 'same', 'too-often', 'sent', 'confirmed'] as const;
export type OwnNotice = (typeof ownNotices)[number];

export function editPage(
  account: Account,
  o: AccountPageOptions & {
    keeper: NameKeeper | undefined;
    systemName: (id: string) => string;
    /** Messages are sent, so an address can confirm itself. */
    canConfirm: boolean;
    own: OwnNotice | undefined;
  },
): string {
  const text = ownMessages[o.language];
  const main = markup`<h2>${accountMessages[o.language].name}</h2>${nameForm(account, o)}
<h2>${text.email}</h2>${saidOf(o)}
<p>${account.email ?? text.noEmail}</p>${o.canConfirm ? emailForm(o) : markup``}`;
  return accountPage('profile', main, o, { path: editPath });
}

function nameForm(
  { name }: Account,
  o: AccountPageOptions & { keeper: NameKeeper | undefined; systemName: (id: string) => string },
): Html {
  const text = ownMessages[o.language];
  if (o.keeper !== undefined) {
    const why =
      o.keeper.by === 'office' ? text.nameByOffice : text.nameBySystem({ system: o.systemName(o.keeper.upstream) });
    return markup`<p>${name}</p><p class="quiet">${why}</p>`;
  }
  return markup`<form method="post" action="${editPath}"><input type="hidden" name="csrf" value="${o.csrf}">
<label for="name">${accountMessages[o.language].name}</label><p class="hint" id="name-hint">${text.nameHint}</p>
<input id="name" name="name" value="${name}" maxlength="200" required autocomplete="name" aria-describedby="name-hint">
<button name="step" value="name">${text.save}</button></form>`;
}

function emailForm(o: AccountPageOptions): Html {
  const text = ownMessages[o.language];
  return markup`<form method="post" action="${editPath}"><input type="hidden" name="csrf" value="${o.csrf}">
<label for="email">${text.newEmail}</label><p class="hint" id="email-hint">${text.emailHint}</p>
<input id="email" name="email" type="email" maxlength="255" required autocomplete="email" aria-describedby="email-hint">
<button name="step" value="email">${text.send}</button></form>`;
}

function saidOf({ own, language }: { own: OwnNotice | undefined; language: Language }): Html {
  if (own === undefined) return markup``;
  const text = ownMessages[language];
  return own === 'sent' || own === 'confirmed'
    ? markup`<p class="notice" role="status">${text[own]}</p>`
    : markup`<p class="alarm" role="alert">${text[own]}</p>`;
}

/** The question behind the link that went to a new address. */
export function confirmEmailPage(
  account: Account,
  o: AccountPageOptions & { email: string; token: string; path: string },
): string {
  const text = ownMessages[o.language];
  const main = markup`<h2>${text.confirmTitle}</h2>
<p>${text.confirmAsk({ email: o.email, username: account.username })}</p>
<form method="post" action="${o.path}"><input type="hidden" name="csrf" value="${o.csrf}">
<input type="hidden" name="token" value="${o.token}"><button>${text.confirm}</button></form>`;
  return accountPage('profile', main, o, { path: o.path, token: o.token });
}

/** A question of a link that needs no sign-in, since possession of the link is sufficient for its act. */
export function linkPage(
  language: Language,
  o: { path: string; token: string; title: string; hint: string; button: string },
): string {
  const main = markup`<h1>${o.title}</h1><p>${o.hint}</p>
<form method="post" action="${o.path}?ui_locales=${language}"><input type="hidden" name="token" value="${o.token}">
<button>${o.button}</button></form>`;
  const languageLink = (other: Language): string =>
    `${o.path}?${new URLSearchParams({ token: o.token, ui_locales: other }).toString()}`;
  return page({ language, title: o.title, main, languageLink });
}

export function deadLinkPage(language: Language): string {
  const text = ownMessages[language];
  const main = markup`<h1>${text.deadLink}</h1><p>${text.deadLinkHint}</p>
<p><a class="button" href="/account">${accountMessages[language].title}</a></p>`;
  return page({ language, title: text.deadLink, main });
}

/** Confirms the act of a link, with a link to continue. */
export function doneByLinkPage(
  language: Language,
  { title, hint, next }: { title: string; hint: string; next: { href: string; label: string } },
): string {
  const main = markup`<h1>${title}</h1><p role="status">${hint}</p>
<p><a class="button" href="${next.href}">${next.label}</a></p>`;
  return page({ language, title, main });
}
