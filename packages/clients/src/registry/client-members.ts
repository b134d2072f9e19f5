/** The members of a client's registration in JSON, as the acts of the administration and registration by the client itself read them. */
import type { ClientField } from '../fields/client-field.ts';
import { clientDetails, clientFields, type ChangedClientValues, type DetailsChange } from '../fields/client-fields.ts';
import type { FieldKind } from '@dhp/sso-kit/fields';
import type { Input } from '@dhp/sso-kit/input';

/**
 * Returns the given fields; null removes an optional value. The picture is not among them, as it is fetched separately.
 * @param isRead selects the fields that are read; the others are ignored
 */
export function valuesIn(input: Input, isRead: (field: ClientField) => boolean = () => true): ChangedClientValues {
  return membersIn(input, clientFields, isRead);
}

/** Returns the given details; null removes one. */
export function detailsIn(input: Input): DetailsChange {
  return membersIn(input, clientDetails);
}

/** Returns the given members of a declaration. */
export function membersIn<Field extends Member>(
  input: Input,
  fields: Readonly<Record<string, Field>>,
  isRead: (field: Field) => boolean = () => true,
): Record<string, unknown> {
  const read = Object.entries(fields).filter(([, field]) => field.kind !== 'picture' && isRead(field));
  const given = read.map(([name, field]) => [name, valueIn(input, field)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

interface Member {
  readonly kind: FieldKind;
  readonly json: string;
  readonly isNeeded?: true;
}

function valueIn(input: Input, { kind, json, isNeeded }: Member): unknown {
  if (input.value(json) === null && isNeeded !== true) return null;
  switch (kind) {
    case 'text':
    case 'address':
    case 'email':
      return input.text(json);
    case 'words':
      return input.words(json);
    case 'list':
    case 'emails':
      return input.texts(json);
    case 'flag':
      return input.givenFlag(json);
    case 'keys':
      return input.value(json);
    case 'picture':
      return undefined;
  }
}
