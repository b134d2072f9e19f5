/** Options that follow from the declaration of fields, and their values. */
import { readFileSync } from 'node:fs';
import { logoOf } from '@dhp/clients';
import { withoutNulls, type DeclaredField } from '@dhp/sso-kit/fields';
import { UsageError, type Command, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { words } from './shared.ts';

/** @throws UsageError when it cannot be read */
function readBytes(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws UsageError if it cannot be read or is not JSON; the register checks whether it is a key set */
function readKeySet(file: string): unknown {
  const bytes = readBytes('--jwks', file);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UsageError(`--jwks ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Table = Readonly<Record<string, DeclaredField>>;

const isList = (kind: DeclaredField['kind']): boolean => kind === 'list' || kind === 'words' || kind === 'emails';

/** The options of a command that registers, or of one that changes, where nothing is required and a flag can be unset. */
export function optionsOf(table: Table, command: 'create' | 'change'): Command['options'] {
  const options: Record<string, Command['options'][string]> = {};
  for (const { kind, option } of Object.values(table)) {
    const { name, value, required } = option;
    const help = (command === 'change' && option.changes) || option.help;
    if (value === undefined) {
      options[name] = { type: 'boolean', help };
      if (command === 'change') options[`no-${name}`] = { type: 'boolean', help: '', ends: name };
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

/** Returns the fields that the options give; null removes a value. @throws UsageError for a file that cannot be read */
export function readOptions(table: Table, values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, field]) => {
      const { option } = field;
      const isEnded = values[`no-${option.name}`] === true;
      if (isEnded && values[option.name] === true)
        throw new UsageError(results().usage.notBoth({ option: option.name }));
      const value = isEnded ? false : values[option.name];
      return value === undefined ? [] : [[name, valueOf(field, value)]];
    }),
  );
}

/** As `readOptions`, for a new registration: an empty value counts as not given. */
export function readOptionsOfNew(table: Table, values: Values): Record<string, unknown> {
  return withoutNulls(readOptions(table, values));
}

/** An empty text removes an optional value. */
function valueOf({ kind, isNeeded, option }: DeclaredField, value: string | boolean): unknown {
  if (kind === 'flag') return option.value === undefined ? value === true : isYes(option.name, value);
  const isNone = String(value).trim() === '' || (option.none !== undefined && value === option.none);
  if (isNone && isNeeded !== true && !isList(kind)) return null;
  if (isList(kind)) return option.isSpaced === true ? spaced(String(value)) : words(value);
  if (kind === 'keys') return readKeySet(String(value));
  return kind === 'picture' ? logoOf(readBytes('--logo', String(value))) : String(value);
}

const spaced = (text: string): string[] => text.split(/\s+/).filter((one) => one !== '');

/** @throws UsageError for a text that is neither */
function isYes(option: string, value: string | boolean): boolean {
  if (value === 'yes' || value === 'no') return value === 'yes';
  throw new UsageError(results().usage.yesOrNo({ option }));
}
