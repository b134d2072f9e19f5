import { explain, type Decision } from './decide.ts';
import {
  interactions,
  type InteractionName,
  type PolicyCaller,
  type PolicyRule,
  type PolicySet,
} from './policy-set.ts';

/** The rules of one set beside those of another, by name. */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** `others` before and after, if it has changed. */
  readonly others?: readonly [before: PolicySet['others'], after: PolicySet['others']];
  /** The same for `consent`. */
  readonly consent?: readonly [before: PolicySet['consent'], after: PolicySet['consent']];
  /** The same for `breakGlass`. */
  readonly breakGlass?: readonly [before: PolicySet['breakGlass'], after: PolicySet['breakGlass']];
  /** The same for `care`. */
  readonly care?: readonly [before: PolicySet['care'], after: PolicySet['care']];
  /** The labels, or the clearances for them, have changed. */
  readonly labels?: true;
}

/** Returns the changes of a set of policies against the previous one. */
export function changesBetween(before: PolicySet, after: PolicySet): Changes {
  const [old, now] = [byName(before), byName(after)];
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: [...now].flatMap(([name, text]) => (old.has(name) && old.get(name) !== text ? name : [])),
    ...(before.consent !== after.consent && { consent: [before.consent, after.consent] as const }),
    ...(JSON.stringify(before.breakGlass) !== JSON.stringify(after.breakGlass) && {
      breakGlass: [before.breakGlass, after.breakGlass] as const,
    }),
    ...(JSON.stringify(before.care) !== JSON.stringify(after.care) && { care: [before.care, after.care] as const }),
    ...(JSON.stringify(before.labels) !== JSON.stringify(after.labels) && { labels: true as const }),
    ...(before.others !== after.others && { others: [before.others, after.others] as const }),
  };
}

function byName({ rules }: PolicySet): Map<string, string> {
  return new Map(rules.map((rule) => [rule.name, JSON.stringify(ordered(rule))]));
}

function ordered({ who, ...rule }: PolicyRule): unknown[] {
  const { name, effect, types, interactions: done, criteria, hide, readOnly } = rule;
  return [name, effect, Object.entries(who).sort(), types, done, criteria, hide, readOnly];
}

/** A caller with the permissions of its scopes. */
export interface KnownCaller extends PolicyCaller {
  readonly permits: (permission: (typeof interactions)[InteractionName], type: string) => boolean;
}

/** The caller by requests that state no purpose. */
export function usual(caller: PolicyCaller, { purposes }: PolicySet): PolicyCaller {
  return { ...caller, purposes };
}

/** A caller who loses permissions. */
export interface Loss {
  readonly caller: KnownCaller;
  readonly interaction: InteractionName;
  readonly types: readonly string[];
  /** The remaining part of the types. */
  readonly left: Exclude<Decision, 'all'>;
  readonly rules: readonly string[];
}

/**
 * Returns the losses of callers by another set of policies: everything that scopes and the previous set permit, and the other one refuses
 * in whole or in part. If both permit a part by different criteria it is reported as a loss, since criteria are not compared.
 * @param before undefined: no policies are in force
 */
export function lossesBetween(
  before: PolicySet | undefined,
  after: PolicySet,
  callers: readonly KnownCaller[],
  types: readonly string[],
): Loss[] {
  return callers.flatMap((caller) => {
    const losses = new Map<string, Omit<Loss, 'types'> & { types: string[] }>();
    for (const [interaction, permission] of Object.entries(interactions)) {
      for (const type of types) {
        if (!caller.permits(permission, type)) continue;
        const old = before === undefined ? 'all' : explain(before, usual(caller, before), permission, type).decision;
        const { decision, rules } = explain(after, usual(caller, after), permission, type);
        if (decision === 'all' || old === 'none' || JSON.stringify(old) === JSON.stringify(decision)) continue;
        const key = JSON.stringify([interaction, decision, rules]);
        const known = losses.get(key);
        if (known !== undefined) known.types.push(type);
        else
          losses.set(key, {
            caller,
            interaction: interaction as InteractionName,
            types: [type],
            left: decision,
            rules,
          });
      }
    }
    return [...losses.values()];
  });
}
