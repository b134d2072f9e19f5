/** The common frame of pages for people: it loads nothing from other hosts, cannot be framed, and works without scripts. */
import { hash } from 'node:crypto';
import { faviconPath } from './favicon.ts';
import { languageNames, pageLanguages, type Language } from '@dhp/negotiation';
import { style } from './style.ts';
import { mark, tiles } from './symbols.ts';
import { markup, trustedHtml, type Html } from '@dhp/web-kit';
import { frameMessages } from '../texts/frame.ts';

/** How the policy names each sheet and script, of which there are a handful. */
const sources = new Map<string, string>();
const styleSource = sourceOfText(style);

/**
 * @param o.redirectUri the final target of a form of the page: browsers apply the policy to the redirects that follow a form too. `self` is
 * a form that ends here.
 * @param o.moreStyle a second sheet, if any
 * @param o.script the only script of the page, if any: allowed by its hash, and it may only connect to this server
 */
export function contentSecurityPolicy(
  o: { redirectUri?: string | undefined; forms?: 'self'; script?: string; moreStyle?: string } = {},
): string {
  const beyond = o.redirectUri === undefined ? '' : ` ${sourceOf(o.redirectUri)}`;
  const forms = o.redirectUri === undefined && o.forms === undefined ? "'none'" : `'self'${beyond}`;
  const scripts = o.script === undefined ? '' : `script-src ${sourceOfText(o.script)}; connect-src 'self'; `;
  const styles = o.moreStyle === undefined ? styleSource : `${styleSource} ${sourceOfText(o.moreStyle)}`;
  return `default-src 'none'; img-src 'self'; style-src ${styles}; ${scripts}base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`;
}

function sourceOf(uri: string): string {
  const url = URL.parse(uri);
  if (url === null) return '';
  if (!/^https?:$/.test(url.protocol)) return url.protocol;
  // A host may have characters that end a source or a directive.
  return /^[\w.:[\]-]+$/.test(url.host) ? url.origin : '';
}

function sourceOfText(text: string): string {
  let source = sources.get(text);
  if (source === undefined) sources.set(text, (source = `'sha256-${hash('sha256', text, 'base64')}'`));
  return source;
}

export interface PageContent {
  language: Language;
  title: string;
  main: Html;
  /** The address of the same page in another language; undefined if there is none. */
  languageLink?: ((language: Language) => string) | undefined;
  /** Lists and tables need more room than a form, the operators' pages the full width. */
  wide?: boolean | 'full';
  /** A second sheet; the policy of the answer must name the same one. */
  moreStyle?: string;
  /** Text of a script; the policy of the answer must name the same one. */
  script?: string | undefined;
}

const widths: ReadonlyMap<string, Html> = new Map(
  Object.entries<Html>({ true: markup` class="wide"`, full: markup` class="wide full"` }),
);

export function page(o: PageContent): string {
  const text = frameMessages[o.language];
  const link = (language: Language): Html => {
    if (language === o.language)
      return markup`<strong lang="${language}" aria-current="true">${languageNames[language]}</strong>`;
    const href = o.languageLink?.(language) ?? '';
    return markup`<a href="${href}" lang="${language}" hreflang="${language}">${languageNames[language]}</a>`;
  };
  const navigation =
    o.languageLink === undefined
      ? markup``
      : markup`<nav class="languages" aria-label="${text.languages}">${pageLanguages.map(link)}</nav>`;
  // Style and script are hashed exactly as written here: no space between them and their elements.
  const script = o.script === undefined ? markup`` : markup`<script>${trustedHtml(o.script)}</script>\n`;
  const moreStyle = o.moreStyle === undefined ? markup`` : markup`\n<style>${trustedHtml(o.moreStyle)}</style>`;
  const whole = markup`<!doctype html>
<html lang="${o.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/svg+xml" href="${faviconPath}">
<meta name="robots" content="noindex">
<meta name="theme-color" content="#0b4a57">
<title>${o.title}</title>
<style>${trustedHtml(style)}</style>${moreStyle}
</head>
<body>
<a class="skip" href="#content">${text.skip}</a>
<header class="band">${tiles}<div class="bar"><div class="brand">${mark}<div>${text.service}<span>${text.platform}</span></div></div>${navigation}</div></header>
<main id="content" tabindex="-1"${widths.get(String(o.wide ?? false)) ?? markup``}>${o.main}</main>
<footer>${text.promise}</footer>
${script}</body>
</html>
`;
  return String(whole);
}

export interface PageOptions {
  language: Language;
  /** Ties the forms to the sign-in or session of this browser. */
  csrf: string;
}

export interface FormOptions extends PageOptions {
  /** Address to which the form is sent; default: the page itself. */
  action?: string;
}

export function actionOf({ action, language }: FormOptions): string {
  return action ?? `?ui_locales=${language}`;
}
