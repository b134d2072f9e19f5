/** In a sign-in with a password that an operator has set: the person must choose another one before anything else. */
import type { PasswordFlaw } from '@dhp/accounts/sign-in';
import type { SignIn } from '@dhp/protocol';
import { clientHead, linkTo, page, type PageOptions } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import { accountMessages } from '../texts/account.ts';
import { passwordMessages } from '../texts/password.ts';
import { signInMessages } from '../texts/sign-in.ts';

export function ownPasswordPage(signIn: SignIn, o: PageOptions & { flaw?: PasswordFlaw | 'same' | undefined }): string {
  const { language, csrf, flaw } = o;
  const text = passwordMessages[language];
  const account = accountMessages[language];
  const alarm =
    flaw === undefined
      ? markup``
      : markup`<p class="alarm" role="alert" id="wrong">${flaw === 'same' ? text.same : account.flaws[flaw]}</p>`;
  const described = flaw === undefined ? markup`"rules"` : markup`"wrong rules" aria-invalid="true"`;
  const main = markup`${clientHead(signIn.client, signInMessages[language].signInFor)}
<h1>${text.ownTitle}</h1>
<p>${text.ownWhy}</p>${alarm}
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}">
<label for="new">${account.newPassword}</label><p class="hint" id="rules">${text.ownHint}</p>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="10" maxlength="256" required autofocus aria-describedby=${described}>
<button name="step" value="own-password">${text.ownSet}</button>
</form>
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}">
<button class="plain" name="step" value="refuse">${signInMessages[language].cancel}</button>
</form>`;
  return page({ language, title: text.ownTitle, main, languageLink: linkTo });
}
