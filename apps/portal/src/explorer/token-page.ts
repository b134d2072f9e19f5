/** The page that decodes a token, only in the browser, and says whether scopes permit a call. */
import { markup, type Html } from '@dhp/web-kit';
import { whole } from '../applications/pages.ts';
import type { Page } from '../page/layout.ts';
import { tokenMessages } from '../texts/token.ts';
import { checkScopes } from './scope-check.ts';
import { methods, type Method } from './typed.ts';

export interface Checked {
  readonly scope: string;
  readonly method: Method;
  readonly path: string;
}

export function tokenPage(page: Page, checked: Checked): string {
  const text = tokenMessages[page.language];
  const { explorer, tokenScript } = page.assets;
  // The field of the token has no name: no form sends it.
  const main = markup`<noscript><p class="notice">${text.needsScript}</p></noscript>
    <div class="form">
      <label
        >${text.token}
        <p class="hint" id="token-hint">${text.tokenHint}</p>
        <textarea
          id="token"
          spellcheck="false"
          autocapitalize="none"
          autocomplete="off"
          aria-describedby="token-hint"
          data-wrong="${text.wrong}"
          data-expired="${text.expired}"
          data-endless="${text.endless}"
          data-good="${text.good}"
        ></textarea
      ></label>
      <p id="token-state" role="status"></p>
      <pre tabindex="0" hidden><code id="token-content" translate="no"></code></pre>
    </div>
    ${scopeForm(page, checked)} ${checked.scope !== '' && verdict(page, checked)}
    <p><a href="${page.root}explorer">${text.back}</a></p>`;
  return whole({ ...page, styles: [explorer], scripts: [tokenScript] }, text.title, main);
}

function scopeForm(page: Page, { scope, method, path }: Checked): Html {
  const text = tokenMessages[page.language].scopes;
  const options = methods.map((one) => markup`<option${one === method && markup` selected`}>${one}</option>`);
  return markup`<form class="form" method="get" action="${page.root}explorer/token#verdict">
    <h2>${text.title}</h2>
    <label
      >${text.scope}
      <textarea name="scope" id="scope" maxlength="4000" required spellcheck="false" autocapitalize="none">
${scope}</textarea
    ></label>
    <label>${text.method} <select name="method">${options}</select></label>
    <label
      >${text.path}
      <input type="text" name="path" required maxlength="500" value="${path}" spellcheck="false" autocapitalize="none"
    /></label>
    <button class="button">${text.check}</button>
  </form>`;
}

function verdict(page: Page, { scope, method, path }: Checked): Html {
  const text = tokenMessages[page.language].scopes;
  const { needed, by, others } = checkScopes(scope, method, path);
  const said =
    needed === undefined
      ? text.unknown
      : by.length > 0
        ? text.permitted({ scope: by.join(' ') })
        : text.refused({ scope: `${needed.type}.${needed.permission}` });
  return markup`<div class="${by.length > 0 ? 'notice' : 'alarm'}" id="verdict" role="status">
    <p>${said}</p>
    ${others.length > 0 && markup`<p class="quiet">${text.others({ words: others.join(' ') })}</p>`}
    <p class="quiet">${text.rest}</p>
  </div>`;
}
