/** The visitor's token on the page: a form to sign in for one, or its expiry and a button to end it. */
import { markup, type Html } from '@dhp/web-kit';
import { csrfField } from '../applications/pages.ts';
import type { Page } from '../page/layout.ts';
import { oauthErrorCauseMessages } from '../texts/oauth-error-cause.ts';
import { oauthErrorRemedyMessages } from '../texts/oauth-error-remedy.ts';
import { ownTokenMessages } from '../texts/own-token.ts';
import type { Shown } from './shown.ts';

/** Below the form of the call: it has a separate form, or buttons of that one. */
export function ownTokenSection(page: Page, { held, people, ownRedirectUri }: Shown): Html {
  const text = ownTokenMessages[page.language];
  if (held !== undefined) {
    const time = new Intl.DateTimeFormat(page.language === 'en' ? 'en-GB' : page.language, {
      ...{ timeStyle: 'short', timeZone: 'Asia/Tashkent' },
    });
    return markup`<section aria-labelledby="own" class="own-token">
      <h2 id="own">${text.title}</h2>
      <dl class="facts">
        <dt>${text.application}</dt>
        <dd>${held.application}</dd>
        <dt>${text.scopes}</dt>
        <dd><code translate="no">${held.scope}</code></dd>
        ${held.patient !== undefined && markup`<dt>${text.patient}</dt><dd><code translate="no">${held.patient}</code></dd>`}
        <dt>${text.until}</dt>
        <dd>${time.format(held.until * 1000)} (${text.zone})</dd>
      </dl>
      <p class="quiet">${text.kept}</p>
      <button class="button other" name="forget" value="1" form="call" formnovalidate>${text.forget}</button>
    </section>`;
  }
  const options = people.map(({ id, name }) => markup`<option value="${id}">${name}</option>`);
  return markup`<details class="own-token">
    <summary>${text.title}</summary>
    <p class="quiet">${text.about}</p>
    <p class="quiet">${text.redirect} <code translate="no">${ownRedirectUri}</code></p>
    ${
      people.length === 0
        ? markup`<p class="notice">${text.none} <a href="${page.root}applications">${text.register}</a></p>`
        : markup`<form class="form" method="post" action="${page.root}explorer/sign-in">
            ${csrfField(page)}
            <label>${text.application} <select name="client">${options}</select></label>
            <button class="button">${text.signIn}</button>
          </form>`
    }
  </details>`;
}

/** Why there is no token, and what to do. */
export function ownTokenTrouble({ language }: Page, error: string, uri: string): string {
  const text = ownTokenMessages[language];
  if (error === 'state') return text.otherSession;
  if (error === 'redirect') return text.redirectMissing({ uri });
  if (error === 'secret') return text.secret;
  if (error === 'ended') return text.ended;
  if (error === 'access_denied') return text.denied;
  const words = (all: object): string => (Object.hasOwn(all, error) ? String(all[error as keyof typeof all]) : '');
  const known = [words(oauthErrorCauseMessages[language]), words(oauthErrorRemedyMessages[language])].join(' ').trim();
  return known === '' ? text.failed({ error: error.slice(0, 60) }) : known;
}
