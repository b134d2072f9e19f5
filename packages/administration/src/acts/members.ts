/** Members of requests to the administration, each with its JSON Schema, which the OpenAPI description includes. */
import type { FieldKind } from '@dhp/sso-kit/fields';
import { reasonLength } from './reason.ts';
import type { Schema } from './schemas.ts';

export type Member = Schema & { readonly description: string };
export type Members = Readonly<Record<string, Member>>;

export const environments = ['playground', 'production'] as const;

export const textMember = (description: string): Member => ({ type: 'string', description });
export const flagMember = (description: string): Member => ({ type: 'boolean', description });
export const countMember = (description: string): Member => ({ type: 'integer', description });
export const oneOfMember = (words: readonly string[], description: string): Member => ({
  type: 'string',
  enum: words,
  description,
});

export const environmentMember = oneOfMember(environments, 'playground (the default) or production');

export const reasonMember: Member = {
  ...{ type: 'string', minLength: reasonLength.least, maxLength: reasonLength.most },
  description: 'why, for the audit trail',
};

/** Parameters of every list. */
export const paging: Members = {
  count: { type: 'integer', minimum: 1, maximum: 500, description: 'how many at most (default 50, 1 to 500)' },
  after: textMember('what `next` of the page before says'),
};
export const search: Members = { q: textMember('a part of the name or id'), ...paging };

const texts: Schema = { type: 'array', items: { type: 'string' } };
const schemaOfField: Record<FieldKind, Schema> = {
  ...{ text: { type: 'string' }, words: { type: 'string' }, address: { type: 'string' }, email: { type: 'string' } },
  ...{ list: texts, emails: texts, flag: { type: 'boolean' } },
  keys: { type: 'object', properties: { keys: { type: 'array', items: { type: 'object' } } }, required: ['keys'] },
  picture: { type: 'string' },
};

interface Declared {
  readonly kind: FieldKind;
  readonly json: string;
  readonly says: string;
  readonly isNeeded?: true;
  readonly stays?: true;
}

/** The fields of a declaration by their names in JSON; null removes an optional value. */
export function membersOf(fields: Readonly<Record<string, Declared>>): Members {
  return Object.fromEntries(Object.values(fields).map((field) => [field.json, memberOf(field)]));
}

function memberOf({ kind, says, isNeeded, stays }: Declared): Member {
  const { type, ...schema } = schemaOfField[kind];
  const canBeNull = isNeeded !== true && stays !== true;
  return { ...schema, type: canBeNull ? [String(type), 'null'] : type!, description: says };
}

/** The names in JSON of the fields that cannot be left out. */
export function neededOf(fields: Readonly<Record<string, Declared>>): string[] {
  return Object.values(fields)
    .filter(({ isNeeded }) => isNeeded === true)
    .map(({ json }) => json);
}
