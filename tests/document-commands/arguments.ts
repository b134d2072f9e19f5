/** Complaints about the arguments of a command, by what its program says that it takes; undefined if there is none. */
import { existsSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { commandsFor } from '../../apps/dhp/src/commands.ts';
import { launch } from '../processes.ts';
import { root, wordsOf } from './collect.ts';

/** Pages, in whatever language, whose code begins with `dhp ` and is no command. */
const notCommands: Readonly<Record<string, string>> = {
  'docs/security/cryptography.md': 'names of derived keys, and the commands that make keys',
};

const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;
/** Of npm itself. */
const ofNpm = ['ci', 'sbom', 'install', 'start', 'test'];
const helps = new Map<string, Promise<string>>();

/** @param word the command of a program that has several */
function helpOf(name: string, ...word: string[]): Promise<string> {
  const program = scripts[name]!.split(' -- ')[1]!.split(' ');
  const key = [name, ...word].join(' ');
  const known = helps.get(key);
  if (known !== undefined) return known;
  const one = launch(root, [...program, ...word, '--help'], {});
  const help = one.ended.then(() => one.stdout());
  helps.set(key, help);
  return help;
}

/** Words that are not the value of an option. */
const freeWords = (words: readonly string[]): string[] =>
  words.filter((word, n) => !word.startsWith('-') && words[n - 1]?.startsWith('--') !== true);

export async function npmComplaint(command: string): Promise<string | undefined> {
  const [, ...words] = wordsOf(command.replaceAll(/[[\]…]/g, ''));
  const name = words[0] === 'run' ? words[1]! : words[0]!;
  if (scripts[name] === undefined) return ofNpm.includes(name) ? undefined : `there is no script ${name}`;
  if (!words.includes('--')) return undefined;
  let given = words.slice(words.indexOf('--') + 1);
  let help = await helpOf(name);
  const [word = ''] = given;
  if (help.includes(`npm run ${name} -- ${word} [`)) {
    help = await helpOf(name, word);
    given = given.slice(1);
  }
  const unknown = given.filter((word) => word.startsWith('--') && !help.includes(word));
  if (unknown.length > 0) return `${name} does not take ${unknown.join(' ')}`;
  for (const word of freeWords(given))
    if (!/^[A-Z]+$/.test(word) && !help.includes(word) && !(await isPlace(word)) && !given.includes('--compare'))
      return `${name} does not take ${word}`;
  return undefined;
}

async function isPlace(word: string): Promise<boolean> {
  if (existsSync(join(root, word))) return true;
  for await (const _ of glob(word, { cwd: root })) return true;
  return false;
}

/** A command, or the first word of several, with options that it has. */
export async function dhpComplaint(command: string): Promise<string | undefined> {
  const words = wordsOf(command.replaceAll(/[[\]…]/g, '')).filter((word) => !['npx', 'dhp'].includes(word));
  if (words.every((word) => word.startsWith('-')))
    return words.every((word) => word === '--help') ? undefined : command;
  const all = await commandsFor([]);
  const found =
    all.find(({ name }) => name === words.slice(0, 2).join(' ')) ?? all.find(({ name }) => name === words[0]);
  if (found === undefined)
    return words.length === 1 && all.some(({ name }) => name.startsWith(`${words[0]!} `))
      ? undefined
      : `there is no command ${words.slice(0, 2).join(' ')}`;
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
  const unknown = options.filter((name) => name !== 'help' && found.options[name] === undefined);
  return unknown.length === 0 ? undefined : `${found.name} does not take --${unknown.join(' --')}`;
}

export async function complaint(document: string, command: string): Promise<string | undefined> {
  const [first, ...words] = wordsOf(command);
  if (first === 'node') {
    const programs = words.filter((word) => /\.(ts|mjs|js)$/.test(word));
    const isThere = (program: string): boolean =>
      [root, join(root, document, '..')].some((folder) => existsSync(join(folder, program)));
    return programs.every(isThere) ? undefined : `there is no ${programs.join(', ')}`;
  }
  if (first === 'npm') return npmComplaint(command);
  if (document.replace(/^docs\/(?:ru|uz)\//, 'docs/') in notCommands) return undefined;
  // A program of others: the reason names the test that runs it.
  if (first === 'npx' && words[0] !== 'dhp') return undefined;
  return dhpComplaint(command);
}
