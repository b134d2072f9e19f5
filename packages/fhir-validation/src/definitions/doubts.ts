import { checkTypes, type CheckOptions } from '@dhp/fhirpath';
import { shown } from '../json.ts';
import type { Run } from '../run.ts';

/** Matches `extension('url')` calls. */
const named = /\bextension\(\s*'((?:[^'\\]|\\.)*)'\s*\)/g;

/** Warns about parts of a valid expression that are empty for any data: types that cannot occur, and extensions that are not available. */
export function reportDoubts(expression: string, options: CheckOptions, run: Run): void {
  run.spend(expression.length / 16);
  for (const { severity, text } of checkTypes(expression, options).findings)
    if (severity === 'warning') run.report('expression-doubtful', { reason: `${text}.` });
  if (!expression.includes('extension')) return;
  for (const [, url = ''] of expression.matchAll(named))
    if (/^[a-z]+:/.test(url) && run.rules.profiles.extension(url) === undefined)
      run.report('expression-extension', { url: shown(url) });
}
