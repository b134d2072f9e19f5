/** The options that describe a registration, for the commands that create and change one. */
import { clientDetails, clientFields } from '@dhp/clients/fields';
import { withoutNulls } from '@dhp/sso-kit/fields';
import type { ClientChange, Logo, NewClient } from '@dhp/clients';
import type { Command, Values } from '../cli.ts';
import { optionsOf, readOptions } from './declared-options.ts';

/** Options of a client registration: of `dhp client create`, and of `dhp client change`, where nothing is required. */
export const registrationOptions: Record<'create' | 'change', Command['options']> = {
  create: { ...optionsOf(clientFields, 'create'), ...optionsOf(clientDetails, 'create') },
  change: { ...optionsOf(clientFields, 'change'), ...optionsOf(clientDetails, 'change') },
};

/** Returns the fields that the options give. @throws UsageError for a file that cannot be read */
export function givenIn(values: Values): ClientChange {
  const { logoSha256: logo, ...fields } = readOptions(clientFields, values);
  return {
    ...fields,
    ...(logo === undefined ? {} : { logo: logo as Logo }),
    details: readOptions(clientDetails, values),
  };
}

/** As `givenIn`, for a new client: an empty value counts as not given. */
export function givenOfNew(values: Values): Partial<NewClient> {
  const { details = {}, ...fields } = givenIn(values);
  return { ...withoutNulls(fields), details: withoutNulls(details) };
}
