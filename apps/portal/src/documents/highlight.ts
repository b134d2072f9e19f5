/** Code with its words marked, by highlight.js, with the languages of the documents alone (docs/decisions/0073-documents-on-the-portal.md). */
import core from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import csharp from 'highlight.js/lib/languages/csharp';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import php from 'highlight.js/lib/languages/php';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import { markup, trustedHtml, type Html } from '@dhp/web-kit';

const known = { sh: bash, csharp, go, ini, java, js: javascript, json, php, sql, ts: typescript };
for (const [name, language] of Object.entries(known)) core.registerLanguage(name, language);

/** @param language as after the fence of a block; of one that is not known the code stays as it is */
export function highlighted(code: string, language: string): Html {
  return core.getLanguage(language) ? trustedHtml(core.highlight(code, { language }).value) : markup`${code}`;
}
