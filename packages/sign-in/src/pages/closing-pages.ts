/** The page on which a person deletes the own account: its consequences, before anything happens. */
import type { Consequences } from '@dhp/accounts/own';
import { page } from '@dhp/sso-pages';
import { time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import { ownMessages } from '../texts/own.ts';
import { accountPage, type AccountPageOptions } from './account-pages.ts';

export const closePath = '/account/close';

export function closingPage(
  { applications, offices, keepsName, isLastAdministrator, solelyOwned }: Consequences,
  o: AccountPageOptions & {
    days: number;
    /** Of an organisation, by its id. */
    placeOf: (organization: string) => string;
    isWrong: boolean;
  },
): string {
  const text = ownMessages[o.language];
  const lost = offices.map(({ role, organization, is_last: isLast }) => {
    const last = isLast ? markup`<small>${text.lastHolder}</small>` : markup``;
    return markup`<li><div>${role}: ${o.placeOf(organization)}${last}</div></li>`;
  });
  const access =
    applications.length === 0
      ? markup`<p>${text.closeNoApplications}</p>`
      : markup`<p>${text.closeApplications}</p><ul class="rows">${applications.map(({ name }) => markup`<li><div>${name}</div></li>`)}</ul>`;
  const owned = markup`<p class="alarm" role="alert">${text.onlyOwner}</p><ul class="rows">${solelyOwned.map((name) => markup`<li><div>${name}</div></li>`)}</ul>`;
  const form = isLastAdministrator
    ? markup`<p class="alarm" role="alert">${text.lastAdministrator}</p>`
    : solelyOwned.length > 0
      ? owned
      : confirmation(o);
  const main = markup`<h2>${text.closeTitle}</h2>
<p>${text.closeNow}</p>${access}
${lost.length === 0 ? markup`` : markup`<p>${text.closeOffices}</p><ul class="rows">${lost}</ul>`}
<p>${text.closeGrace({ days: o.days })}</p>
<p>${text.closeErased}</p><p>${text.closeStays}${keepsName ? ` ${text.closeKeepsName}` : ''}</p>${form}`;
  return accountPage('profile', main, o, { path: closePath });
}

function confirmation(o: AccountPageOptions & { isWrong: boolean }): Html {
  const text = ownMessages[o.language];
  const wrong = o.isWrong ? markup`<p class="alarm" role="alert" id="wrong">${text.wrongWord}</p>` : markup``;
  const invalid = o.isWrong ? markup` aria-invalid="true" aria-describedby="wrong"` : markup``;
  return markup`${wrong}<form method="post" action="${closePath}"><input type="hidden" name="csrf" value="${o.csrf}">
<label for="word">${text.typeWord({ word: text.word })}</label>
<input id="word" name="word" autocomplete="off" autocapitalize="none" spellcheck="false" required${invalid}>
<button class="danger">${text.close}</button></form>`;
}

/** @param o.link absent if nothing can be reverted */
export function closedPage(
  o: Pick<AccountPageOptions, 'language' | 'timeZone'> & { link?: string; until: Date },
): string {
  const text = ownMessages[o.language];
  const back =
    o.link === undefined
      ? markup``
      : markup`<p role="status">${text.closedUntil({ until: String(time(o.until, o)).replace(/<[^<>]*>/g, '') })}</p>
<p><a href="${o.link}">${o.link}</a></p>`;
  return page({ language: o.language, title: text.closed, main: markup`<h1>${text.closed}</h1>${back}`, wide: true });
}
