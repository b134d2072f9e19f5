/**
 * The fixed words in which the record of a request says why it was refused: the factors of the decision who may see and do it, and the rules
 * that writes have to meet beside them. docs/access.md lists them.
 */
import { BudgetSpent } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import type { Condition } from '@dhp/search-index';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Permission } from '../contract/permission.ts';
import type { RuleContext } from './guard-settings.ts';
import { securityContextOf } from './security-context.ts';
import { Failure } from '../http/errors.ts';
import { WritesRefused } from '../http/writes-refused.ts';

/** Returns the result of `act`. If it fails, notes the rule, unless another one is noted. */
export function refusing<Result>(rule: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw refused(error, rule);
  }
}

/** The same for an asynchronous act. */
export async function refusingLater(rule: string, act: () => Promise<void> | void): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw refused(error, rule);
  }
}

/** The same error; a failure knows the rule that refused from now on. */
export function refused(error: unknown, rule: string): unknown {
  if (error instanceof Failure) error.detail.refusedBy ??= rule;
  if (error instanceof WritesRefused) for (const each of error.byWrite) each.failure.detail.refusedBy ??= rule;
  return error;
}

/**
 * Notes the factor that hides a version; does nothing if no record is kept. Called only for hidden versions, so that permitted reads cost
 * nothing.
 * @param of whether it is the current version or an earlier one
 */
export async function noteHidden(
  context: RuleContext,
  version: StoredVersion,
  of: 'current' | 'before',
): Promise<void> {
  const { refused: record } = context;
  if (record !== undefined) record.refusedBy ??= await factorAgainst(context, context.reading, version, of);
}

/** The first factor that leaves a version out, in the order of the table. */
async function factorAgainst(
  { factors, authorizer, ownBases }: RuleContext,
  permission: Permission,
  version: StoredVersion,
  of: 'current' | 'before',
): Promise<string | undefined> {
  const isWithin = (rule: Condition): Promise<boolean> =>
    of === 'current' ? authorizer.isCurrentWithin(version, rule) : authorizer.isVersionWithin(version, rule);
  if (namesAnother(version, ownBases)) return 'security-context';
  try {
    for (const { name, rules } of factors.slice(0, -1)) {
      const rule = rules(permission, version.type);
      if (rule === false || (rule !== true && !(await isWithin(rule)))) return name;
    }
  } catch (error) {
    // The answer is the one for a missing resource, even if the reason costs too much to find.
    if (!(error instanceof BudgetSpent)) throw error;
    return undefined;
  }
  return factors.at(-1)?.name;
}

/** Whether it is a Binary that is as open as the resource which it names. */
function namesAnother({ type, deleted, content }: StoredVersion, ownBases: readonly string[]): boolean {
  if (type !== 'Binary' || deleted) return false;
  return securityContextOf(JSON.parse(content.toString('utf8')) as JsonResource, ownBases).kind !== 'none';
}
