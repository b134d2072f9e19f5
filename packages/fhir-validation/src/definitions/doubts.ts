import { checkTypes, type CheckOptions } from '@dhp/fhirpath';
import { shown } from '../json.ts';
import type { Run } from '../run.ts';

/** Calls that name an extension by its url. */
const named = /\bextension\(\s*'((?:[^'\\]|\\.)*)'\s*\)/g;

/**
 * Tells what is doubtful about an expression that can be read: types that it cannot meet, and extensions that are not at hand. Both leave
 * it empty for whatever data.
 */
export function reportDoubts(expression: string, options: CheckOptions, run: Run): void {
  run.spend(expression.length / 16);
  for (const { severity, text } of checkTypes(expression, options).findings)
    if (severity === 'warning') run.report('expression-doubtful', { reason: `${text}.` });
  if (!expression.includes('extension')) return;
  for (const [, url = ''] of expression.matchAll(named))
    if (/^[a-z]+:/.test(url) && run.rules.profiles.extension(url) === undefined)
      run.report('expression-extension', { url: shown(url) });
}
