import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';

/** A rule of the parameters `system-version`, `check-system-version`, `force-system-version` and their value set twins. */
export interface VersionRule {
  readonly mode: 'default' | 'check' | 'force';
  readonly target: 'system' | 'valueset';
  readonly url: string;
  readonly version: string;
}

/** The name of the parameter that states a rule; `system-version` is the default of a system by its older name. */
export function parameterOf({ mode, target }: VersionRule): string {
  return mode === 'default' && target === 'system' ? 'system-version' : `${mode}-${target}-version`;
}

/** A rule from the value of its parameter, `url|version`. */
export function versionRule(mode: VersionRule['mode'], target: VersionRule['target'], value: string): VersionRule {
  const [url, version, ...rest] = value.split('|');
  if (!url || !version || rest.length > 0) {
    const text = message('NOT_A_VERSIONED_CANONICAL', value);
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text })]);
  }
  return { mode, target, url, version };
}

/**
 * The version of a reference to a code system or a value set under the rules: a forced one overrides the reference, a default or else a
 * checked one applies if the reference has no version.
 * @param used called with the rule that decided
 */
export function ruledVersion(
  rules: readonly VersionRule[],
  target: VersionRule['target'],
  url: string,
  version: string | undefined,
  used?: (rule: VersionRule) => void,
): string | undefined {
  if (rules.length === 0) return version;
  const own = rules.filter((rule) => rule.url === url && rule.target === target);
  const pick = (mode: VersionRule['mode']): VersionRule | undefined => {
    const found = own.filter((rule) => rule.mode === mode);
    const [first, ...others] = found;
    const other = others.find((rule) => rule.version !== first?.version);
    if (first !== undefined && other !== undefined && mode !== 'check') {
      const text = message('TWO_VERSIONS', url, parameterOf(first), first.version, other.version);
      throw new TerminologyFault('invalid-request', [issue('error', 'exception', { kind: 'version-error', text })]);
    }
    return first;
  };
  const rule =
    pick('force') ?? (version === undefined || version === '' ? (pick('default') ?? pick('check')) : undefined);
  if (rule === undefined) return version;
  used?.(rule);
  return rule.version;
}
