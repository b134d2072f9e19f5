/** The common frame of the portal's pages: head, masthead with the sections, the language switch and the visitor, footer. */
import { languageNames, pageLanguages, type Language } from '@dhp/negotiation';
import { portalMessages } from '../texts/portal.ts';
import { shellMessages } from '../texts/shell.ts';
import { markup, type Html } from '@dhp/web-kit';
import { sections, type Section, type SectionName } from './sections.ts';
import { icon, symbols } from './symbols.ts';

/** Addresses of the assets, relative to the portal's root, such as `assets/portal.3fK….css`. */
export interface AssetAddresses {
  readonly stylesheet: string;
  /** Style of pages with forms, beside the common one. */
  readonly forms: string;
  /** Script of pages with forms, beside the common one. */
  readonly formsScript: string;
  readonly script: string;
  readonly favicon: string;
  /** Style and script of the explorer. */
  readonly explorer: string;
  readonly explorerScript: string;
  readonly suggestionsScript: string;
  readonly editorScript: string;
  readonly tokenScript: string;
  /** Style of the page of requests, in addition to that of pages with forms. */
  readonly requests: string;
  /** Style and script of the pages of data. */
  readonly bulk: string;
  readonly bulkScript: string;
}

export interface Page {
  readonly language: Language;
  /** From the page's address to the portal's root, such as `./` or `../../`: right behind every path of a proxy. */
  readonly root: string;
  readonly assets: AssetAddresses;
  /** The section to which the page belongs. */
  readonly section?: SectionName | undefined;
  /** Whether people can sign in. */
  readonly hasSignIn?: boolean;
  /** The signed-in person. */
  readonly visitor?: Visitor | undefined;
  /** The page has forms, or is one of a signed-in person. */
  readonly hasForms?: boolean;
  /** Addresses of further styles. */
  readonly styles?: readonly string[];
  /** Addresses of further scripts. */
  readonly scripts?: readonly string[];
  /** The page cannot be requested again, for instance because it shows a secret: it has no language links to itself. */
  readonly isOnce?: boolean;
}

export interface Visitor {
  readonly name: string;
  /** The key of this answer's forms. */
  readonly csrf: string;
}

/**
 * A whole document.
 *
 * @param masthead content of the coloured band beside the switch, mainly the page's heading
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
        ${page.hasForms && markup`<link rel="stylesheet" href="${root}${assets.forms}" />`}
        ${page.styles?.map((style) => markup`<link rel="stylesheet" href="${root}${style}" />`)}
        ${page.isOnce !== true && pageLanguages.map(alternate)}
        <script src="${root}${assets.script}" defer></script>
        ${page.hasForms && markup`<script src="${root}${assets.formsScript}" defer></script>`}
        ${page.scripts?.map((script) => markup`<script src="${root}${script}" defer></script>`)}
      </head>
      <body>
        ${symbols}
        <a class="skip" href="#main">${text.skip}</a>
        <header class="masthead">
          <div class="wrap">
            <div class="bar">
              <a class="brand" href="${root}">${icon('star')}<span>DHP</span></a>
              ${page.isOnce !== true && languageSwitch(page.language)}
            </div>
            ${navigation(page)}
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

const alternate = (language: Language): Html =>
  markup`<link rel="alternate" hreflang="${language}" href="?lang=${language}" />`;

/** The sections, followed by the link to sign in or out. */
function navigation(page: Page): Html {
  const text = shellMessages[page.language];
  return markup`<div class="bar sections">
    <nav aria-label="${text.navigation}">
      <ul>
        ${sections
          .filter(({ needsSignIn }) => needsSignIn !== true || page.hasSignIn === true)
          .map((section) => markup`<li>${sectionLink(section, page)}</li>`)}
      </ul>
    </nav>
    ${page.hasSignIn && wayInOrOut(page)}
  </div>`;
}

function wayInOrOut(page: Page): Html {
  if (page.visitor !== undefined) return visitorBox(page.visitor, page);
  return markup`<a class="way" href="${page.root}sign-in">${shellMessages[page.language].signIn}</a>`;
}

function sectionLink({ name, path }: Section, page: Page): Html {
  const current = name === page.section && markup` aria-current="true"`;
  return markup`<a href="${page.root}${path}"${current}>${shellMessages[page.language].sections[name]}</a>`;
}

function visitorBox({ name, csrf }: Visitor, { root, language }: Page): Html {
  const text = shellMessages[language];
  return markup`<form class="visitor" method="post" action="${root}sign-out">
    <input type="hidden" name="csrf" value="${csrf}" /><span><span class="unseen">${text.signedInAs} </span>${name}</span>
    <button class="way">${text.signOut}</button>
  </form>`;
}

function languageSwitch(current: Language): Html {
  return markup`<nav class="languages" aria-label="${portalMessages[current].languageSwitch}">
    <ul>
      ${pageLanguages.map((language) => markup`<li>${languageLink(language, String(language === current))}</li>`)}
    </ul>
  </nav>`;
}

function languageLink(language: Language, current: string): Html {
  const name = languageNames[language];
  return markup`<a href="?lang=${language}" lang="${language}" hreflang="${language}" aria-current="${current}"
    >${name}</a
  >`;
}
