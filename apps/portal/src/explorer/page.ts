/** The page of the explorer: a form for a call, and the answer. */
import { markup, type Html } from '@dhp/web-kit';
import { csrfField, whole } from '../applications/pages.ts';
import type { Page } from '../page/layout.ts';
import { explorerMessages } from '../texts/explorer.ts';
import { launcherMessages } from '../texts/launcher.ts';
import { ownTokenMessages } from '../texts/own-token.ts';
import { tokenMessages } from '../texts/token.ts';
import { answerSection } from './answer.ts';
import { bodyFields, checkedSection } from './body-fields.ts';
import { ownTokenSection, ownTokenTrouble } from './own-token-section.ts';
import { refusalWords } from './refusal.ts';
import type { Result, Shown } from './shown.ts';
import { methods, ownToken } from './typed.ts';

export function explorerPage(page: Page, shown: Shown): string {
  const text = explorerMessages[page.language];
  const { result, choices, held } = shown;
  const { explorer, explorerScript, suggestionsScript, editorScript } = page.assets;
  const scripts = [suggestionsScript, explorerScript, editorScript];
  const main = markup`<p class="quiet">${text.about}</p>
    ${choices.length === 0 && markup`<p class="notice">${text.noApplication} <a href="${page.root}applications">${text.register}</a></p>`}
    ${shown.isForgotten === true && markup`<p class="notice" role="status">${ownTokenMessages[page.language].signedOut}</p>`}
    ${callForm(page, shown)} ${ownTokenSection(page, shown)}
    <p><a href="${page.root}explorer/launch">${launcherMessages[page.language].open}</a></p>
    <p><a href="${page.root}explorer/token">${tokenMessages[page.language].open}</a></p>
    ${result !== undefined && resultSection(page, shown, result)}
    <details id="history" class="history" hidden>
      <summary>${text.history}</summary>
      <ol></ol>
    </details>`;
  // An answer cannot be requested again by an address.
  return whole(
    {
      ...page,
      isOnce: result !== undefined || held !== undefined || shown.typed.body !== '',
      styles: [explorer],
      scripts,
    },
    text.title,
    main,
  );
}

function resultSection(page: Page, shown: Shown, result: Result): Html {
  if ('answered' in result) return answerSection(page, shown, result);
  if ('checked' in result) return checkedSection(page, result.checked, shown.typed.body);
  if (result.refused === 'own-token') return alarm(ownTokenTrouble(page, result.detail, shown.ownRedirectUri));
  return alarm(refusalWords(page.language, result));
}

const alarm = (sentence: string): Html => markup`<p class="alarm" role="alert" id="answer">${sentence}</p>`;

function callForm(page: Page, shown: Shown): Html {
  const { typed, choices, servers, held } = shown;
  const text = explorerMessages[page.language].form;
  const { root } = page;
  const bases = { fhir: `${text.fhir} ${servers.fhir.published}`, sso: `${text.sso} ${servers.sso.published}` };
  const own = held !== undefined && { [ownToken]: ownTokenMessages[page.language].own };
  const tokens = { ...own, ...Object.fromEntries(choices.map(({ id, name }) => [id, name])), '': text.noToken };
  return markup`<form class="form call" id="call" method="post" action="${root}explorer#answer">
    ${csrfField(page)} ${held !== undefined && markup`<input type="hidden" name="held" value="${held.sealed}" />`}
    <div class="unseen"><button tabindex="-1" aria-hidden="true"></button></div>
    <div class="pair">
      ${select('server', { label: text.server, options: bases, chosen: typed.server })}
      ${select('application', { label: text.token, options: tokens, chosen: typed.application })}
    </div>
    <div class="line">
      ${select('method', { label: text.method, options: Object.fromEntries(methods.map((one) => [one, one])), chosen: typed.method })}
      <div class="path">
        <label
          >${text.path}
          <input
            type="text"
            name="path"
            required
            maxlength="4000"
            value="${typed.path}"
            autocapitalize="none"
            autocomplete="off"
            spellcheck="false"
            data-suggestions="${root}explorer/suggestions"
        /></label>
        <ul id="suggestions" class="suggestions" role="listbox" aria-label="${text.suggestions}" hidden></ul>
      </div>
    </div>
    <details${(typed.body !== '' || typed.headers !== '') && markup` open`}>
      <summary>${text.more}</summary>
      <label
        >${text.headers}
        <p class="hint" id="headers-hint">${text.headersHint}</p>
        <textarea name="headers" class="short" spellcheck="false" autocapitalize="none" aria-describedby="headers-hint">
${typed.headers}</textarea
        ></label
      >
      ${bodyFields(page, shown)}
    </details>
    <button class="button">${text.send}</button>
  </form>`;
}

function select(name: string, o: { label: string; options: Readonly<Record<string, string>>; chosen: string }): Html {
  const options = Object.entries(o.options).map(
    ([value, words]) => markup`<option value="${value}"${value === o.chosen && markup` selected`}>${words}</option>`,
  );
  return markup`<label>${o.label} <select name="${name}">${options}</select></label>`;
}
