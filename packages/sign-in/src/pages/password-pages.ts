/** Requesting a link, setting a password with it, and the page for an invalid link. */
import type { PasswordFlaw } from '@dhp/accounts/sign-in';
import type { Language } from '@dhp/negotiation';
import { page } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import { accountMessages } from '../texts/account.ts';
import { passwordMessages } from '../texts/password.ts';
import { signInMessages } from '../texts/sign-in.ts';

export const forgottenPath = '/password/forgotten';

export function forgottenPage(language: Language, throttledMinutes?: number): string {
  const text = passwordMessages[language];
  const alarm =
    throttledMinutes === undefined
      ? markup``
      : markup`<p class="alarm" role="alert">${signInMessages[language].throttled({ minutes: throttledMinutes })}</p>`;
  const main = markup`<h1>${text.title}</h1>
<p class="quiet">${text.hint}</p>${alarm}
<form method="post" action="${forgottenPath}?ui_locales=${language}">
<label for="username">${signInMessages[language].username}</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<button>${text.send}</button>
</form>`;
  return page({ language, title: text.title, main, languageLink: (other) => `${forgottenPath}?ui_locales=${other}` });
}

/** The same page for everybody. */
export function linkSentPage(language: Language): string {
  const text = passwordMessages[language];
  return page({ language, title: text.sent, main: markup`<h1>${text.sent}</h1><p role="status">${text.sentHint}</p>` });
}

export function newPasswordPage(language: Language, o: { token: string; flaw?: PasswordFlaw }): string {
  const text = passwordMessages[language];
  const account = accountMessages[language];
  const alarm =
    o.flaw === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${account.flaws[o.flaw]}</p>`;
  const main = markup`<h1>${text.newTitle}</h1>${alarm}
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="token" value="${o.token}">
<label for="new">${account.newPassword}</label><p class="hint" id="rules">${account.passwordHint}</p>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="10" maxlength="256" required autofocus aria-describedby="rules">
<button>${text.set}</button>
</form>`;
  const languageLink = (other: Language): string =>
    `?${new URLSearchParams({ token: o.token, ui_locales: other }).toString()}`;
  return page({ language, title: text.newTitle, main, languageLink });
}

export function noLinkPage(language: Language): string {
  const text = passwordMessages[language];
  const main = markup`<h1>${text.noLink}</h1><p>${text.noLinkHint}</p>
<p><a class="button" href="${forgottenPath}?ui_locales=${language}">${text.again}</a></p>`;
  return page({ language, title: text.noLink, main });
}

export function passwordSetPage(language: Language): string {
  const text = passwordMessages[language];
  const main = markup`<h1>${text.changed}</h1><p role="status">${text.changedHint}</p>
<p><a class="button" href="/account">${accountMessages[language].title}</a></p>`;
  return page({ language, title: text.changed, main });
}
