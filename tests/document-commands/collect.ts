/** The commands that the documents name: shell blocks, and code within a sentence that begins as a command does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  /** From the root of the repository. */
  readonly document: string;
  readonly line: number;
  /** As after the fence: `sh`, `sql`; empty if there is nothing. */
  readonly language: string;
  readonly text: string;
}

const below = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name).replaceAll('\\', '/'),
  );

/** Every document for readers: not the changelog, which tells of commands as they were. */
export const documents: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md'),
  ...below('docs').filter((name) => name.endsWith('.md')),
  ...['apps', 'packages'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/README.md`)
      .sort(),
  ),
];

const read = (document: string): string => readFileSync(join(root, document), 'utf8');
const fence = /^( *)```(\w*)\n([^]*?)^ *```$/gm;

export function blocksOf(document: string): Block[] {
  const text = read(document);
  return [...text.matchAll(fence)].map(({ index, 2: language, 3: body }) => ({
    ...{ document, language: language!, text: body! },
    line: text.slice(0, index).split('\n').length,
  }));
}

/** Code within sentences that begins with the name of a program: `npm run check`, `dhp client`. */
export function inlineCommandsOf(document: string): string[] {
  const prose = read(document).replaceAll(fence, '');
  const found = [...prose.matchAll(/`((?:npm|npx|node|dhp)\s[^`\n]+)`/g)].map(([, command]) => command!);
  return [...new Set(found)];
}

/** The words of a command as a shell would part them; enough for those of the documents, which quote simply. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, other, bare]) => one ?? other ?? bare!);
}

export interface Command {
  readonly text: string;
  /** Behind it on its line. */
  readonly comment: string;
}

/** The commands of a shell block, with continued lines and quoted line ends joined. */
export function commandsOf(block: string): Command[] {
  const joined = block.replaceAll(/\\\n\s*/g, '').replaceAll(/\|\n\s*/g, '| ');
  const found: Command[] = [];
  let open = '';
  for (const line of joined.split('\n')) {
    open += open === '' ? line : `\n${line}`;
    if ((open.match(/'/g)?.length ?? 0) % 2 === 1) continue;
    const [, text = '', comment = ''] = /^([^]*?)(?:(?:^|\s)#\s(.*))?$/.exec(open)!;
    if (text.trim() !== '') found.push({ text: text.trim(), comment });
    open = '';
  }
  return found;
}
