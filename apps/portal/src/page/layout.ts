/** The common frame of the portal's pages: head, masthead with the language switch, footer. */
import { languageNames, languages, type Language } from '@dhp/negotiation';
import { portalMessages } from '../texts/portal.ts';
import { markup, type Html } from '@dhp/web-kit';
import { icon, symbols } from './symbols.ts';

/** Addresses of the assets, relative to the portal's root, such as `assets/portal.3fK….css`. */
export interface AssetAddresses {
  readonly stylesheet: string;
  readonly script: string;
  readonly favicon: string;
}

export interface Page {
  readonly language: Language;
  /** From the page's address to the portal's root, such as `./` or `../../`: right behind every path of a proxy. */
  readonly root: string;
  readonly assets: AssetAddresses;
}

/**
 * A whole document.
 *
 * @param masthead what stands in the coloured band beside the switch: the page's heading above all
 */
export function layout(page: Page, title: string, masthead: Html, main: Html): string {
  const text = portalMessages[page.language];
  const { root, assets } = page;
  return markup`<!doctype html>
    <html lang="${page.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#0b4a57" />
        <title>${title}</title>
        <link rel="icon" type="image/svg+xml" href="${root}${assets.favicon}" />
        <link rel="stylesheet" href="${root}${assets.stylesheet}" />
        ${languages.map((language) => markup`<link rel="alternate" hreflang="${language}" href="?lang=${language}" />`)}
        <script src="${root}${assets.script}" defer></script>
      </head>
      <body>
        ${symbols}
        <a class="skip" href="#main">${text.skip}</a>
        <header class="masthead">
          <div class="wrap">
            <div class="bar">
              <a class="brand" href="${root}">${icon('star')}<span>DHP</span></a>
              ${languageSwitch(page.language)}
            </div>
            ${masthead}
          </div>
        </header>
        <main
          id="main"
          class="wrap"
          tabindex="-1"
          data-copied="${text.copy.done}"
          data-not-copied="${text.copy.failed}"
        >
          ${main}
        </main>
        <footer class="wrap">
          <p>${text.footer.synthetic}</p>
          <p>${text.footer.licence}</p>
        </footer>
      </body>
    </html>`.text;
}

function languageSwitch(current: Language): Html {
  return markup`<nav class="languages" aria-label="${portalMessages[current].languageSwitch}">
    <ul>
      ${languages.map((language) => markup`<li>${languageLink(language, String(language === current))}</li>`)}
    </ul>
  </nav>`;
}

function languageLink(language: Language, current: string): Html {
  const name = languageNames[language];
  return markup`<a href="?lang=${language}" lang="${language}" hreflang="${language}" aria-current="${current}"
    >${name}</a
  >`;
}
