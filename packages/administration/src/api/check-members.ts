/** Checks a request against the members that its act declares. Values that depend on others are checked where they are used. */
import { InputError } from '@dhp/sso-kit/input';
import type { Act } from '../acts/act.ts';
import { reasonMember, type Member } from '../acts/members.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * @returns the values; unless the method is PATCH, members that are null are left out
 * @throws InputError that names the first member that is unknown, missing or of another type
 */
export function checkMembers({ method, takes = {}, needs = [] }: Act, given: Values): Values {
  const members: Readonly<Record<string, Member>> = method === 'GET' ? takes : { ...takes, reason: reasonMember };
  const known = Object.keys(members);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(members, name));
  if (unknown !== undefined) throw wrong(`${unknown} is not known here: ${known.join(', ') || 'nothing'}`);
  const values = method === 'PATCH' ? given : withoutNulls(given);
  const missing = needs.find((name) => values[name] === undefined);
  if (missing !== undefined) throw wrong(`${missing} is missing: ${members[missing]!.description}`);
  const isQuery = method === 'GET' || method === 'DELETE';
  for (const [name, value] of Object.entries(values)) {
    const rule = ruleFor(members[name]!, isQuery);
    if (!rule.holds(value)) throw wrong(rule.says(name, value));
  }
  return values;
}

const wrong = (sentence: string): InputError => new InputError('invalid-value', sentence);

const withoutNulls = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

interface Rule {
  readonly holds: (value: unknown) => boolean;
  readonly says: (name: string, value: unknown) => string;
}

function ruleFor(member: Member, isQuery: boolean): Rule {
  const types = [member.type].flat();
  const rule = ruleOf(member, String(types[0]), isQuery);
  return types.includes('null') ? { ...rule, holds: (value) => value === null || rule.holds(value) } : rule;
}

function ruleOf({ enum: words, items, minimum, maximum }: Member, type: string, isQuery: boolean): Rule {
  const isText = (value: unknown): value is string => typeof value === 'string';
  switch (type) {
    case 'boolean':
      return { holds: (value) => typeof value === 'boolean', says: (name) => `${name} is true or false` };
    case 'integer': {
      const bounds =
        minimum === undefined || maximum === undefined ? '' : ` from ${String(minimum)} to ${String(maximum)}`;
      const numberOf = (value: unknown): unknown =>
        isQuery && isText(value) && /^\d{1,9}$/.test(value) ? Number(value) : value;
      const isWithin = (number: number): boolean => number >= (minimum ?? number) && number <= (maximum ?? number);
      const holds = (value: unknown): boolean => Number.isInteger(numberOf(value)) && isWithin(Number(value));
      return { holds, says: (name) => `${name} is a whole number${bounds}` };
    }
    case 'array': {
      const ofTexts = items?.type === 'string';
      const holds = (value: unknown): boolean => Array.isArray(value) && (!ofTexts || value.every(isText));
      return { holds, says: (name) => `${name} is a list${ofTexts ? ' of texts' : ''}` };
    }
    case 'object':
      return {
        holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
        says: (name) => `${name} is an object`,
      };
    default: {
      if (words === undefined) return { holds: isText, says: (name) => `${name} is a text` };
      const says = (name: string, value: unknown): string =>
        isText(value) ? `${name}: "${value}" is not one of ${words.join(', ')}` : `${name} is a text`;
      return { holds: (value) => isText(value) && words.includes(value), says };
    }
  }
}
