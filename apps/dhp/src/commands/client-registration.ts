/** The options by which a registration is described, for the commands that make one and that change one. */
import { readFileSync } from 'node:fs';
import {
  clientDetails,
  clientFields,
  logoOf,
  type ClientChange,
  type ClientField,
  type Logo,
  type NewClient,
} from '@dhp/sso/administration';
import { UsageError, type Command, type Values } from '../cli.ts';
import { words } from './shared.ts';

/** @throws UsageError when it cannot be read */
function readBytes(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws UsageError when it cannot be read or is not JSON; whether it is a key set is for the register to say */
function readKeySet(file: string): unknown {
  const bytes = readBytes('--jwks', file);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UsageError(`--jwks ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const isList = (kind: ClientField['kind']): boolean => kind === 'list' || kind === 'words' || kind === 'emails';

type Table = Readonly<Record<string, ClientField>>;

/** Options of a client registration: of `dhp client create`, and of `dhp client change`, where nothing is required. */
export const registrationOptions: Record<'create' | 'change', Command['options']> = {
  create: { ...optionsOf(clientFields, 'create'), ...optionsOf(clientDetails, 'create') },
  change: { ...optionsOf(clientFields, 'change'), ...optionsOf(clientDetails, 'change') },
};

/** Returns the fields that the options give. @throws UsageError for a file that cannot be read */
export function givenIn(values: Values): ClientChange {
  const { logoSha256: logo, ...fields } = read(clientFields, values);
  return { ...fields, ...(logo === undefined ? {} : { logo: logo as Logo }), details: read(clientDetails, values) };
}

/** As `givenIn`, of a new client: what is empty is as if it were not given. */
export function givenOfNew(values: Values): Partial<NewClient> {
  const withoutNulls = (members: object): object =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  const { details = {}, ...fields } = givenIn(values);
  return { ...withoutNulls(fields), details: withoutNulls(details) };
}

function optionsOf(table: Table, command: 'create' | 'change'): Command['options'] {
  const options: Record<string, Command['options'][string]> = {};
  for (const { kind, option } of Object.values(table)) {
    const { name, value, required } = option;
    const help = (command === 'change' && option.changes) || option.help;
    if (value === undefined) {
      options[name] = { type: 'boolean', help };
      if (command === 'change') options[`no-${name}`] = { type: 'boolean', help: `not so: --${name} ends` };
    } else {
      const isRequired = required === true && command === 'create';
      options[name] = {
        ...{ type: 'string', value, help },
        ...(isList(kind) && { list: ' ' as const }),
        ...(isRequired && { required }),
      };
    }
  }
  return options;
}

function read(table: Table, values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, { kind, option, isNeeded }]) => {
      const isEnded = values[`no-${option.name}`] === true;
      if (isEnded && values[option.name] === true)
        throw new UsageError(`--${option.name} and --no-${option.name}: one of them.`);
      const value = isEnded ? false : values[option.name];
      return value === undefined ? [] : [[name, valueOf(kind, value, isNeeded === true)]];
    }),
  );
}

/** An empty text takes away what a client may be without. */
function valueOf(kind: ClientField['kind'], value: string | boolean, isNeeded: boolean): unknown {
  if (kind === 'flag') return value === true;
  if (value === '' && !isNeeded && !isList(kind)) return null;
  if (isList(kind)) return words(value);
  if (kind === 'keys') return readKeySet(String(value));
  return kind === 'picture' ? logoOf(readBytes('--logo', String(value))) : String(value);
}
