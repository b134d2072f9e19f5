/** The command line as a table: each command with its options, its help and its work. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { isLanguage, type Language } from '@dhp/negotiation';
import { help, overview } from './help.ts';
import { helpMessages } from './texts/help.ts';

/** A mistake of the person at the terminal: one sentence, exit code 2, no stack. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface Option {
  readonly type: 'string' | 'boolean';
  /** Name of the value in the help. */
  readonly value?: string;
  /** English; its translations are in messages/help. */
  readonly help: string;
  /** The option that this one ends; it has a separate help text. */
  readonly ends?: string;
  readonly required?: boolean;
  /** May be given several times; the values are in `lists`. */
  readonly multiple?: true;
  /** The value is a list with this separator; given several times, the lists are joined. */
  readonly list?: ' ' | ',';
}

/** Values that a command line may give several times. */
export interface Repeated {
  /** All positional arguments. */
  readonly words: readonly string[];
  /** The values of options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
}

export interface Command {
  /** One or two words: `start`, `client create`. */
  readonly name: string;
  readonly summary: string;
  /** Names of the positional arguments, separated by spaces, if the command has any: one or two, or any number (`FILE…`). */
  readonly argument?: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples?: readonly string[];
  /** Resolves to the exit code. */
  readonly run: (values: Values, argument: string, second: string, repeated: Repeated) => Promise<number>;
}

/** The work of a command in a module that is loaded when it runs: showing help must not load a server. */
export function lazily(load: () => Promise<Command['run']>): Command['run'] {
  return async (...given) => (await load())(...given);
}

/**
 * Finds the command, checks its options and runs it.
 *
 * @param argv the words after `dhp`
 * @param language of the help and of messages about wrong use; with `--language`, help is in that language
 * @returns the exit code: 0 done, 2 wrong use
 * @throws errors of the command
 */
export async function runCommandLine(
  commands: readonly Command[],
  argv: readonly string[],
  print: (text: string) => void,
  language: Language = 'en',
): Promise<number> {
  const asked = argv.includes('--help') || argv.includes('-h') || argv[0] === 'help';
  if (asked && languageIn(argv) !== undefined)
    return runCommandLine(commands, withoutLanguage(argv), print, languageIn(argv));
  const words = argv.filter((word) => !word.startsWith('-'));
  const { frame } = helpMessages[language];
  const path = words[0] === 'help' ? words.slice(1) : words;
  const command = find(commands, path);

  if (argv.length === 0 || (asked && path.length === 0)) {
    print(overview(commands, language));
    return argv.length === 0 ? 2 : 0;
  }
  if (!command) {
    const family = commands.filter((candidate) => candidate.name.startsWith(`${path[0]} `));
    if (family.length > 0 && (asked || path.length === 1)) {
      print(overview(family, language));
      return asked ? 0 : 2;
    }
    if (path.length === 0) throw new UsageError(frame.noOption({ option: argv[0]! }));
    throw new UsageError(frame.noCommand({ command: path.slice(0, 2).join(' ') }));
  }
  if (asked) {
    print(help(command, language));
    return 0;
  }
  const { values, words: given, lists } = parse(command, argv.slice(command.name.split(' ').length), language);
  return command.run(values, given[0] ?? '', given[1] ?? '', { words: given, lists });
}

const flag = '--language';

function languageIn(argv: readonly string[]): Language | undefined {
  const given = argv.flatMap((word, n) =>
    word === flag ? [argv[n + 1]] : word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : [],
  );
  return given.find(isLanguage);
}

const withoutLanguage = (argv: readonly string[]): string[] =>
  argv.filter((word, n) => argv[n - 1] !== flag && !word.startsWith(flag));

function find(commands: readonly Command[], words: readonly string[]): Command | undefined {
  return (
    commands.find((command) => command.name === words.slice(0, 2).join(' ')) ??
    commands.find((command) => command.name === words[0])
  );
}

function parse(command: Command, args: string[], language: Language): Repeated & { values: Values } {
  const { frame } = helpMessages[language];
  const { name: of } = command;
  const options: NonNullable<ParseArgsConfig['options']> = {};
  // All are parsed as repeatable, since parseArgs would silently keep the last one.
  for (const [name, { type }] of Object.entries(command.options)) options[name] = { type, multiple: true };
  let parsed: { values: Record<string, (string | boolean)[]>; positionals: string[] };
  try {
    const read = parseArgs({ args: idsLast(command, args), options, allowPositionals: true, strict: true });
    parsed = read as unknown as typeof parsed;
  } catch (error) {
    throw new UsageError(`${(error as Error).message} ${frame.see({ command: of })}`);
  }
  const expected = command.argument?.split(' ').length ?? 0;
  if (parsed.positionals.length > expected && command.argument?.endsWith('…') !== true) {
    throw new UsageError(frame.takesNot({ command: of, word: parsed.positionals[expected] ?? '' }));
  }
  if (parsed.positionals.length < expected) {
    throw new UsageError(frame.wantsArgument({ command: of, argument: command.argument ?? '' }));
  }
  for (const [name, option] of Object.entries(command.options)) {
    if (option.required && parsed.values[name] === undefined) {
      throw new UsageError(frame.wantsOption({ command: of, option: `${name} ${option.value ?? ''}`.trim() }));
    }
  }
  const given = Object.entries(parsed.values);
  const isMultiple = ([name]: [string, unknown]): boolean => command.options[name]?.multiple === true;
  return {
    values: Object.fromEntries(
      given.filter((one) => !isMultiple(one)).map(([name, all]) => [name, valueOf(command, name, all, language)]),
    ),
    words: parsed.positionals,
    lists: Object.fromEntries(given.filter(isMultiple)) as Repeated['lists'],
  };
}

/** A repeated flag changes nothing; for an option with one value it would be unclear which one is meant. */
function valueOf(command: Command, name: string, all: (string | boolean)[], language: Language): string | boolean {
  const { type, list } = command.options[name]!;
  if (type === 'boolean' || all.length === 1) return all[0]!;
  if (list !== undefined) return all.join(list);
  throw new UsageError(helpMessages[language].frame.once({ command: command.name, option: name, count: all.length }));
}

/** Ids of keys, sessions and tokens may begin with hyphens; there are no short options with which they could be confused. */
function idsLast({ argument, options }: Command, args: string[]): string[] {
  const ids = args.filter((one) => /^-[^-]/.test(one) || isIdWithHyphens(one, options));
  if (argument === undefined || ids.length === 0 || args.includes('--')) return args;
  return [...args.filter((one) => !ids.includes(one)), '--', ...ids];
}

/** No option has capitals, digits or `_`, and hardly an id is without them. */
function isIdWithHyphens(word: string, options: Command['options']): boolean {
  return /^--[a-z-]*[A-Z0-9_][\w-]*$/.test(word) && !Object.hasOwn(options, word.slice(2));
}
