import { shown } from '../json.ts';
import type { Run } from '../run.ts';
import { serverOf } from './bundle-entries.ts';
import { absolute, localTarget } from '../base/reference.ts';

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Checks a reference of the first resource of a document or message. It must resolve to exactly one entry of the Bundle and, with a
 * fragment, to exactly one element. https://hl7.org/fhir/R5/documents.html#bundle
 */
export function checkLed(reference: string, run: Run): void {
  const { bundle, targets } = run;
  if (bundle === undefined || reference.startsWith('#')) return;
  const [plain = '', fragment] = reference.split('#');
  const target = localTarget(plain, run);
  if (target === undefined) {
    reportLost(reference, plain, run);
    return;
  }
  const isAbsolute = scheme.test(plain);
  const sharing = targets.entries(bundle, isAbsolute ? plain : absolute(plain, bundle, run)).length;
  if (sharing > 1) run.report('bundle-reference-ambiguous', { reference: shown(reference), count: sharing });
  else if (isAbsolute && fragment !== undefined) {
    const count = targets.idsIn(target, run).get(fragment);
    const values = { reference: shown(plain), id: shown(fragment) };
    if (count === undefined) run.report('bundle-fragment-missing', values);
    else if (count > 1) run.report('bundle-fragment-twice', values);
  }
}

/** Reports an unresolved reference, with another message if an entry seems to be meant. */
function reportLost(reference: string, plain: string, run: Run): void {
  const { bundle, targets } = run;
  if (!scheme.test(plain) && targets.urlsOf(bundle!, plain).length > 0) {
    run.report('bundle-reference-apparent', { reference: shown(reference) });
    return;
  }
  const severity = isElsewhere(reference, run) ? 'warning' : 'error';
  run.report('bundle-reference-unresolved', { reference: shown(reference) }, severity);
}

/** Whether a reference points to another server than that of the first entry. */
function isElsewhere(reference: string, { bundle, rootResource, targets }: Run): boolean {
  if (!/^https?:/.test(reference)) return false;
  const fullUrl = bundle === undefined ? undefined : targets.fullUrl(bundle, rootResource);
  const base = fullUrl === undefined ? undefined : serverOf(fullUrl);
  return base === undefined || !reference.startsWith(base);
}
