/**
 * Arguments of the npm scripts, read first: `--help` prints the help and exits with 0; invalid arguments exit with 2 and a message, as with
 * `dhp`. A script loads its main modules after that, so that neither case takes long.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; args: string[]; allowPositionals: true; strict: true }>
>;

export interface Script<O extends Options> {
  /** As one types it: `npm run bench`. */
  readonly command: string;
  /** Its text, from the first line on. */
  readonly help: string;
  readonly options?: O;
  /** Name of its positional arguments, such as `FILE`; a script without it takes none. */
  readonly words?: string;
  /** Replaces the arguments of the process. */
  readonly args?: readonly string[];
}

/**
 * The values of the options, and the positional arguments. Ends the process if help is requested, or if an argument is unknown or lacks its
 * value.
 */
export function readArguments<const O extends Options>(script: Script<O>): Read<O> {
  const { command, help, words, args = process.argv.slice(2) } = script;
  if (isHelpAsked(args)) {
    process.stdout.write(`${help.trimEnd()}\n`);
    process.exit(0);
  }
  try {
    const read = parseArgs({ args: [...args], options: script.options ?? {}, allowPositionals: true, strict: true });
    const [first] = read.positionals;
    if (words === undefined && first !== undefined)
      throw new Error(`There is nothing that "${first}" could stand for.`);
    return read as Read<O>;
  } catch (error) {
    return refuse(command, sentenceOf(error));
  }
}

/** Ends the process with 2, after a sentence on why an argument cannot be used. */
export function refuse(command: string, sentence: string): never {
  process.stderr.write(`${command}: ${sentence} See: ${command} ${command.startsWith('npm ') ? '-- ' : ''}--help\n`);
  process.exit(2);
}

/** The number in an option, or the default without it; ends the process with 2 if it is not a whole number of at least `least`. */
export function wholeNumber(
  command: string,
  name: string,
  text: string | undefined,
  without: number,
  least = 1,
): number {
  if (text === undefined) return without;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  return refuse(command, `--${name} is a whole number of ${least} or more, not "${text}".`);
}

function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((word) => word === '--help' || word === '-h');
}

/** The first sentence of Node's: the others are about arguments that begin with a hyphen. */
function sentenceOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/(?<=\.) |\n/);
  return first.endsWith('.') ? first : `${first}.`;
}
