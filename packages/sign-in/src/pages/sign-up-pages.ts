/** Signing up by e-mail: the form, the answer that is the same for everybody, and the page behind the link. */
import { signUpPath } from '@dhp/accounts/own';
import type { PasswordFlaw } from '@dhp/accounts/sign-in';
import type { Language } from '@dhp/negotiation';
import { page } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import { accountMessages } from '../texts/account.ts';
import { signInMessages } from '../texts/sign-in.ts';
import { signUpMessages } from '../texts/sign-up.ts';

export interface SignUpForm {
  readonly name: string;
  readonly email: string;
}

/** @param o.waitMinutes for which no request is accepted from the visitor's network */
export function signUpPage(
  language: Language,
  o: { typed?: SignUpForm; isWrong?: boolean; waitMinutes?: number } = {},
): string {
  const text = signUpMessages[language];
  const { typed, isWrong, waitMinutes } = o;
  const sentence =
    waitMinutes !== undefined
      ? signInMessages[language].throttled({ minutes: waitMinutes })
      : isWrong === true
        ? text.invalid
        : undefined;
  const alarm = sentence === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${sentence}</p>`;
  const main = markup`<h1>${text.title}</h1>
<p class="quiet">${text.hint}</p>${alarm}
<form method="post" action="${signUpPath}?ui_locales=${language}">
<label for="name">${text.name}</label>
<input id="name" name="name" value="${typed?.name ?? ''}" autocomplete="name" maxlength="200" required autofocus>
<label for="email">${text.email}</label>
<input id="email" name="email" type="email" value="${typed?.email ?? ''}" autocomplete="email" maxlength="100" required>
<button>${text.send}</button>
</form>`;
  return page({ language, title: text.title, main, languageLink: (other) => `${signUpPath}?ui_locales=${other}` });
}

/** The same page for every visitor and every address. */
export function signUpSentPage(language: Language): string {
  const text = signUpMessages[language];
  return page({ language, title: text.sent, main: markup`<h1>${text.sent}</h1><p role="status">${text.sentHint}</p>` });
}

export function confirmSignUpPage(
  language: Language,
  o: { token: string; email: string; flaw?: PasswordFlaw },
): string {
  const text = signUpMessages[language];
  const account = accountMessages[language];
  const alarm =
    o.flaw === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${account.flaws[o.flaw]}</p>`;
  const main = markup`<h1>${text.password}</h1>
<p class="quiet">${text.passwordHint({ email: o.email })}</p>${alarm}
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="token" value="${o.token}">
<input type="hidden" name="username" value="${o.email}" autocomplete="username">
<label for="new">${account.newPassword}</label><p class="hint" id="rules">${account.passwordHint}</p>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="10" maxlength="256" required autofocus aria-describedby="rules">
<button>${text.make}</button>
</form>`;
  const languageLink = (other: Language): string =>
    `?${new URLSearchParams({ token: o.token, ui_locales: other }).toString()}`;
  return page({ language, title: text.password, main, languageLink });
}

export function noSignUpPage(language: Language): string {
  const text = signUpMessages[language];
  const main = markup`<h1>${text.noLink}</h1><p>${text.noLinkHint}</p>
<p><a class="button" href="${signUpPath}?ui_locales=${language}">${text.again}</a></p>`;
  return page({ language, title: text.noLink, main });
}

/** @param o.portal address of the portal: the link may be opened in a browser in which the portal's page is not open */
export function signedUpPage(language: Language, o: { email: string; portal?: string | undefined }): string {
  const text = signUpMessages[language];
  const onward =
    o.portal !== undefined && markup`<p><a class="button" href="${o.portal}/?lang=${language}">${text.goOn}</a></p>`;
  const look = o.portal !== undefined ? markup`` : markup` class="button"`;
  const main = markup`<h1>${text.done}</h1><p role="status">${text.doneHint({ email: o.email })}</p>${onward}
<p><a${look} href="/account">${accountMessages[language].title}</a></p>`;
  return page({ language, title: text.done, main });
}
