import { shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Whether the code of a Coding exists in its system, is in use, and has the display given; as far as the terminology knows. */
export function checkCoding({ system, version, code, display }: Json, run: Run): void {
  const { codes, wrongDisplays } = run.rules;
  if (code !== undefined && system === undefined) run.report('coding-without-system');
  if (isRelative(system)) {
    run.report('coding-system-relative', { system: shown(system) });
    return;
  }
  if (codes?.concept === undefined || typeof system !== 'string' || typeof code !== 'string') return;
  const found = codes.concept(system, code, typeof version === 'string' ? version : undefined);
  if (found === undefined) return;
  if (found.known === 'unknown') at('system', run, () => run.report('code-system-unknown', { system }, 'warning'));
  else if (found.known === 'no') reportUnknown(code, system, run);
  else {
    if (found.status !== undefined) run.report('code-inactive', { code, system, status: found.status });
    const { displays = [] } = found;
    if (wrongDisplays === 'ignore' || typeof display !== 'string' || displays.length === 0) return;
    if (displays.some((one) => isSameText(one, display))) return;
    const values = { display: shown(display), code, system, expected: displays[0]! };
    at('display', run, () => run.report('display-wrong', values, wrongDisplays));
  }
}

/** Whether the unit of a Quantity exists: its code in its system, which is UCUM as a rule; as far as the terminology knows. */
export function checkUnit({ system, code }: Json, run: Run): void {
  if (isRelative(system)) run.report('coding-system-relative', { system: shown(system) });
  if (typeof system !== 'string' || typeof code !== 'string') return;
  if (run.rules.codes?.concept?.(system, code)?.known !== 'no') return;
  reportUnknown(code, system, run);
}

/** Whether a system is no absolute URI, by which it could be found. https://hl7.org/fhir/R5/datatypes.html#Coding */
function isRelative(system: unknown): boolean {
  return typeof system === 'string' && system !== '' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(system);
}

function reportUnknown(code: string, system: string, run: Run): void {
  const { unknownCodes: severity } = run.rules;
  if (severity === 'ignore') return;
  at('code', run, () => run.report('code-unknown', { code: shown(code), system }, severity));
}

/** Runs a report at a child of the place. */
function at(element: string, run: Run, report: () => void): void {
  run.enter(element, -1);
  report();
  run.leave();
}

/** Case and white space do not tell displays apart. */
export function isSameText(a: string, b: string): boolean {
  return a === b || plain(a) === plain(b);
}

const plain = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
