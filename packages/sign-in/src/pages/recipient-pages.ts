/** Pages for recipients of mails of a Subscription: the page of a confirmation link, and the one that ends the mails. */
import { confirmMailsPath, endMailsPath, type ShownRecipient } from '@dhp/accounts/recipients';
import type { Language } from '@dhp/negotiation';
import { page } from '@dhp/sso-pages';
import { markup, type Html } from '@dhp/web-kit';
import { recipientMessages } from '../texts/recipient.ts';

interface Asked {
  readonly recipient: ShownRecipient;
  readonly token: string;
}

/** Opening the page confirms nothing: programs that check the links of mails open it too. */
export function confirmMailsPage(language: Language, { recipient, token }: Asked): string {
  const text = recipientMessages[language];
  const main = markup`<h1>${text.title}</h1>
<p>${recipient.application === undefined ? text.hintOwn : text.hint({ application: recipient.application })}</p>${topicPart(language, recipient)}
<form method="post" action="${confirmMailsPath}?ui_locales=${language}">
<input type="hidden" name="token" value="${token}">
<button name="answer" value="confirm">${text.confirm}</button>
<button class="other" name="answer" value="refuse">${text.refuse}</button>
</form>`;
  return page({ language, title: text.title, main, languageLink: linkTo(confirmMailsPath, token) });
}

export function decidedPage(language: Language, isConfirmed: boolean): string {
  const text = recipientMessages[language];
  return isConfirmed
    ? toldPage(language, text.confirmed, text.confirmedHint)
    : toldPage(language, text.refused, text.refusedHint);
}

export function endMailsPage(language: Language, { recipient, token }: Asked): string {
  const text = recipientMessages[language];
  const main = markup`<h1>${text.endTitle}</h1>
<p>${recipient.application === undefined ? text.endHintOwn : text.endHint({ application: recipient.application })}</p>${topicPart(language, recipient)}
<form method="post" action="${linkTo(endMailsPath, token)(language)}">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>${text.end}</button>
</form>`;
  return page({ language, title: text.endTitle, main, languageLink: linkTo(endMailsPath, token) });
}

export function endedPage(language: Language): string {
  const text = recipientMessages[language];
  return toldPage(language, text.ended, text.endedHint);
}

/** @param isOfEnd true for a link that ends mails; false for a confirmation link */
export function noRecipientPage(language: Language, isOfEnd: boolean): string {
  const text = recipientMessages[language];
  return isOfEnd
    ? toldPage(language, text.unknown, text.unknownHint)
    : toldPage(language, text.noLink, text.noLinkHint);
}

function toldPage(language: Language, title: string, said: string): string {
  return page({ language, title, main: markup`<h1>${title}</h1><p role="status">${said}</p>` });
}

function topicPart(language: Language, { titleIn }: ShownRecipient): Html {
  const title = titleIn(language);
  return title === '' ? markup`` : markup`<p>${recipientMessages[language].topic}: <strong>${title}</strong></p>`;
}

function linkTo(path: string, token: string): (language: Language) => string {
  return (language) => `${path}?${new URLSearchParams({ token, ui_locales: language }).toString()}`;
}
