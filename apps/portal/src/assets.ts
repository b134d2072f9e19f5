/** The stylesheets, the script and the icon: read at the start and compressed once, at addresses that change with their content. */
import { readFileSync } from 'node:fs';
import { represent, type Representation } from '@dhp/web-kit';
import type { AssetAddresses } from './page/layout.ts';

export interface Assets {
  readonly addresses: AssetAddresses;
  /** The asset at `/assets/<file>`. */
  find(file: string): { representation: Representation; current: boolean } | undefined;
  readonly favicon: Representation;
  /** Address of the style of reading pages, from the portal's root. */
  readonly reading: string;
}

export function loadAssets(): Assets {
  const stylesheet = load('portal.css', 'text/css; charset=utf-8');
  const forms = load('forms.css', 'text/css; charset=utf-8');
  const formsScript = load('forms.js', 'text/javascript; charset=utf-8');
  const reading = load('reading.css', 'text/css; charset=utf-8');
  const explorer = load('explorer.css', 'text/css; charset=utf-8');
  const explorerScript = load('explorer.js', 'text/javascript; charset=utf-8');
  const suggestionsScript = load('suggestions.js', 'text/javascript; charset=utf-8');
  const editorScript = load('editor.js', 'text/javascript; charset=utf-8');
  const tokenScript = load('token.js', 'text/javascript; charset=utf-8');
  const requests = load('requests.css', 'text/css; charset=utf-8');
  const bulk = load('bulk.css', 'text/css; charset=utf-8');
  const bulkScript = load('bulk.js', 'text/javascript; charset=utf-8');
  const script = load('portal.js', 'text/javascript; charset=utf-8');
  const favicon = load('favicon.svg', 'image/svg+xml; charset=utf-8');
  const byName = new Map([
    ['portal.css', stylesheet],
    ['forms.css', forms],
    ['forms.js', formsScript],
    ['reading.css', reading],
    ['requests.css', requests],
    ['bulk.css', bulk],
    ['bulk.js', bulkScript],
    ['explorer.css', explorer],
    ['explorer.js', explorerScript],
    ['suggestions.js', suggestionsScript],
    ['editor.js', editorScript],
    ['token.js', tokenScript],
    ['portal.js', script],
    ['favicon.svg', favicon],
  ]);
  return {
    favicon,
    reading: `assets/reading.${reading.digest}.css`,
    addresses: {
      stylesheet: `assets/portal.${stylesheet.digest}.css`,
      forms: `assets/forms.${forms.digest}.css`,
      formsScript: `assets/forms.${formsScript.digest}.js`,
      script: `assets/portal.${script.digest}.js`,
      explorer: `assets/explorer.${explorer.digest}.css`,
      explorerScript: `assets/explorer.${explorerScript.digest}.js`,
      suggestionsScript: `assets/suggestions.${suggestionsScript.digest}.js`,
      editorScript: `assets/editor.${editorScript.digest}.js`,
      tokenScript: `assets/token.${tokenScript.digest}.js`,
      bulk: `assets/bulk.${bulk.digest}.css`,
      bulkScript: `assets/bulk.${bulkScript.digest}.js`,
      requests: `assets/requests.${requests.digest}.css`,
      favicon: `assets/favicon.${favicon.digest}.svg`,
    },
    find(file) {
      const match = /^(\w+)\.([\w-]{12})\.(\w+)$/.exec(file);
      const representation = match && byName.get(`${match[1]}.${match[3]}`);
      // While a new version is rolled out, a page of one node may request an asset of its own version from another node: that node's asset
      // is better than none, if it is not cached under that name.
      return representation ? { representation, current: representation.digest === match[2] } : undefined;
    },
  };
}

function load(file: string, type: string): Representation {
  return represent(type, readFileSync(new URL(`./assets/${file}`, import.meta.url), 'utf8'));
}
