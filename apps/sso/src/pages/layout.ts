/** What every page for people has in common: no script, nothing from elsewhere, and it may not be framed. */
import { createHash } from 'node:crypto';
import { languageNames, languages, type Language } from '../http/language.ts';

/** Text that may stand anywhere in HTML. */
export type Html = string & { readonly html: unique symbol };

/** Fills in values, escaped unless they are HTML already; lists are joined. */
export function markup(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const filled = values.map((value) => (Array.isArray(value) ? value.join('') : safe(value as string | Html)));
  return { toString: () => String.raw({ raw: parts }, ...filled) } as unknown as Html;
}

function safe(value: string | Html): string {
  if (typeof value !== 'string') return String(value);
  return value.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}

const style = `
:root { color-scheme: light dark; --ink: #16302b; --quiet: #55706a; --ground: #eef4f2; --sheet: #fff; --line: #c9d8d4;
  --accent: #0b6e5a; --on-accent: #fff; --alarm: #a32020; --alarm-ground: #fdeeee; font: 1rem/1.5 system-ui, sans-serif }
@media (prefers-color-scheme: dark) { :root { --ink: #e4efec; --quiet: #9db5af; --ground: #0f1a18; --sheet: #182724;
  --line: #33504a; --accent: #4cc2a6; --on-accent: #08201a; --alarm: #ff9c9c; --alarm-ground: #3a1d1d } }
* { box-sizing: border-box }
body { background: var(--ground); color: var(--ink); margin: 0; min-height: 100vh; display: grid; grid-template-rows: auto 1fr }
nav { display: flex; gap: 1rem; justify-content: flex-end; padding: 1rem 1.25rem; font-size: .95rem }
a { color: var(--accent) }
nav strong { color: var(--quiet); font-weight: 600 }
main { align-self: start; justify-self: center; width: min(27rem, 100% - 2rem); margin-block: 4vh 2rem; padding: 2rem;
  background: var(--sheet); border: 1px solid var(--line); border-radius: 1rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem }
p { margin: .5rem 0 } .quiet { color: var(--quiet) }
label { display: block; font-weight: 600; margin-top: 1.1rem }
input { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--quiet); border-radius: .5rem;
  padding: .7rem .8rem; width: 100%; margin-top: .3rem }
button { font: inherit; font-weight: 600; border-radius: .5rem; border: 1px solid var(--accent); padding: .75rem 1.1rem;
  margin-top: 1.4rem; width: 100%; cursor: pointer; background: var(--accent); color: var(--on-accent) }
button.other { background: none; color: var(--accent); margin-top: .7rem }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.alarm { background: var(--alarm-ground); color: var(--alarm); border-radius: .5rem; padding: .7rem .9rem; margin-top: 1rem }
ul { padding-inline-start: 1.2rem } li { margin: .35rem 0 } code { overflow-wrap: anywhere; font-size: .9em }
`;

const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/**
 * @param redirectUri where a form of the page may lead in the end: browsers hold the redirects that follow a form to its
 *   policy too
 */
export function contentSecurityPolicy(redirectUri?: string): string {
  const beyond = redirectUri === undefined ? '' : ` ${sourceOf(redirectUri)}`;
  const forms = redirectUri === undefined ? "'none'" : `'self'${beyond}`;
  return `default-src 'none'; style-src ${styleSource}; base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`;
}

function sourceOf(uri: string): string {
  const url = URL.parse(uri);
  if (url === null) return '';
  return /^https?:$/.test(url.protocol) ? url.origin : url.protocol;
}

/** @param languageLink the address of the same page in another language; undefined when there is none */
export function page(o: {
  language: Language;
  title: string;
  main: Html;
  languageLink?: (language: Language) => string;
}): string {
  const link = (language: Language): Html => {
    if (language === o.language)
      return markup`<strong lang="${language}" aria-current="true">${languageNames[language]}</strong>`;
    const href = o.languageLink?.(language) ?? '';
    return markup`<a href="${href}" lang="${language}" hreflang="${language}">${languageNames[language]}</a>`;
  };
  const navigation = o.languageLink === undefined ? markup`` : markup`<nav>${languages.map(link)}</nav>`;
  const raw = { toString: () => style } as unknown as Html;
  // The style is hashed as it stands here: no space between it and its element.
  const whole = markup`<!doctype html>
<html lang="${o.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${o.title}</title>
<style>${raw}</style>
</head>
<body>
<header>${navigation}</header>
<main>${o.main}</main>
</body>
</html>
`;
  return String(whole);
}
