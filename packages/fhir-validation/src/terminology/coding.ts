import type { Severity } from '../issue.ts';
import { shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Whether the code of a Coding exists in its system, is in use, and has the display given; as far as the terminology knows. */
export function checkCoding({ system, version, code, display }: Json, run: Run): void {
  const { codes, unknownCodes, wrongDisplays } = run.rules;
  if (code !== undefined && system === undefined) run.report('coding-without-system', { code: shown(code) });
  if (codes?.concept === undefined || typeof system !== 'string' || typeof code !== 'string') return;
  const found = codes.concept(system, code, typeof version === 'string' ? version : undefined);
  if (found === undefined) return;
  if (found.known === 'unknown') reportAt('system', 'code-system-unknown', { system }, run, 'warning');
  else if (found.known === 'no') reportAt('code', 'code-unknown', { code: shown(code), system }, run, unknownCodes);
  else {
    if (found.status !== undefined) run.report('code-inactive', { code, system, status: found.status });
    const { displays = [] } = found;
    if (typeof display === 'string' && displays.length > 0 && !displays.some((one) => isSameText(one, display))) {
      const values = { display: shown(display), code, system, expected: displays[0]! };
      reportAt('display', 'display-wrong', values, run, wrongDisplays);
    }
  }
}

/** Whether the unit of a Quantity exists: its code in its system, which is UCUM as a rule; as far as the terminology knows. */
export function checkUnit({ system, code }: Json, run: Run): void {
  if (typeof system !== 'string' || typeof code !== 'string') return;
  if (run.rules.codes?.concept?.(system, code)?.known !== 'no') return;
  reportAt('code', 'code-unknown', { code: shown(code), system }, run, run.rules.unknownCodes);
}

function reportAt(
  element: string,
  id: Parameters<Run['report']>[0],
  values: Parameters<Run['report']>[1],
  run: Run,
  severity: Severity | 'ignore',
): void {
  if (severity === 'ignore') return;
  run.enter(element, -1);
  run.report(id, values, severity);
  run.leave();
}

/** Case and white space do not tell displays apart. */
export function isSameText(a: string, b: string): boolean {
  return a === b || plain(a) === plain(b);
}

const plain = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
