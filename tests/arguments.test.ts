/**
 * Every npm script and every command of `dhp` answers `--help`, and refuses an unknown argument and one without its value: with the right
 * exit code, with a message that refers to the help, and before it changes a file.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runCommandLine, UsageError, type Command } from '../apps/dhp/src/cli.ts';
import { commandsFor } from '../apps/dhp/src/commands.ts';
import type { ScriptEnded, ScriptRun } from './commands/script-program.ts';
import { launch } from './processes.ts';
import { sampleOf } from './sample.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const isHook = (name: string): boolean =>
  /^(pre|post)/.test(name) && scripts[name.replace(/^(pre|post)/, '')] !== undefined;

interface Script {
  /** As one types it. */
  readonly command: string;
  /** The program with its first arguments: `['apps/dhp/src/main.ts', 'start']`. */
  readonly words: readonly string[];
}

/** All scripts except the hooks; each goes through `scripts/install.mjs`, which installs the pinned Node. */
const all: Script[] = Object.entries(scripts)
  .filter(([name]) => !isHook(name))
  .map(([name, line]) => {
    const [, program] = /^(?:exec )?node scripts\/install\.mjs(?: --with-browser)? -- (.+)$/.exec(line) ?? [];
    assert.ok(program, `${name}: ${line}`);
    return { command: ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`, words: program.split(' ') };
  });

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Kills a script that has started its work instead. */
async function run(words: readonly string[]): Promise<Ended> {
  const one = launch(root, words, {});
  const timer = setTimeout(() => void one.end('SIGKILL'), 300_000);
  const { code } = await one.ended;
  clearTimeout(timer);
  return { code, stdout: one.stdout(), stderr: one.stderr() };
}

/**
 * Scripts that answer without doing work are all called in one process, which loads shared modules once. Exit codes of real processes are
 * tested with the help of some scripts and of `dhp`.
 */
function openScripts(): { ended: (words: readonly string[]) => Promise<Ended | ScriptEnded>; close: () => void } {
  const child = fork(fileURLToPath(new URL('commands/script-program.ts', import.meta.url)), { cwd: root });
  const timer = setTimeout(() => child.kill('SIGKILL'), 300_000);
  return {
    async ended([file, ...words]) {
      const answer = Promise.race([
        once(child, 'message').then(([ended]) => ended as ScriptEnded),
        once(child, 'exit').then(() => assert.fail(`${file!} ${words.join(' ')} has ended the process of all`)),
      ]);
      child.send({ entry: pathToFileURL(join(root, file!)).href, words, cwd: root } satisfies ScriptRun);
      const ended = await answer;
      // A script that reads its arguments in an imported module reads them only once per process.
      const { code } = ended;
      return code === undefined ? run([file!, ...words]) : { ...ended, code };
    },
    close() {
      clearTimeout(timer);
      child.kill();
    },
  };
}

/** Paths, sizes and times of files that a script may write: documents, reports, results, generated code. */
async function filesNow(): Promise<string[]> {
  const folders = ['docs', 'bench', 'scripts', 'architecture', 'apps', 'packages', 'dist'];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((one) => one.isFile() && !one.parentPath.includes('node_modules'));
      return Promise.all(files.map((one) => line(join(one.parentPath, one.name))));
    }),
  );
  return found.flat().sort();
}

async function line(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${path} ${size} ${mtimeMs}`;
}

describe('npm scripts', () => {
  let files: string[];
  const scripts = openScripts();
  before(async () => void (files = await filesNow()));
  after(() => scripts.close());
  after(async () => assert.deepEqual(await filesNow(), files, 'a script has changed files'));

  // One of each kind of entry, and some more.
  const alone = new Set(sampleOf(all, 8, 20_261_201, ({ words }) => extname(words[0]!)));
  for (const script of all) {
    const { command, words } = script;
    test(`${command}: help, and refusals`, async () => {
      const { code, stdout, stderr } = await (alone.has(script) ? run : scripts.ended)([...words, '--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^\S.{20,}/, 'the first line says what it does');
      const options = [...stdout.matchAll(/^ {2}--([a-z-]+) +[A-Z]/gm)].map(([, name]) => `--${name!}`);
      // All read their arguments by the same function.
      const some = sampleOf(options, 4, 20_261_129);
      const wrong = [['--no-such-option'], ...some.map((option) => [option])];
      if (!/-- [[(]?[A-Z]{4,} ?…?/.test(stdout)) wrong.push(['no-such-word']);
      for (const argument of wrong) {
        const refused = await scripts.ended([...words, ...argument]);
        assert.deepEqual([refused.code, refused.stdout], [2, ''], `${argument.join(' ')}: ${refused.stderr}`);
        assert.ok(refused.stderr.includes(argument[0]!), refused.stderr);
        assert.match(refused.stderr, /--help|takes? /);
      }
    });
  }
});

describe('dhp', () => {
  /** Runs a command that must not reach its work. */
  async function dhp(command: Command, ...args: string[]): Promise<{ code: number; text: string }> {
    let text = '';
    const idle = { ...command, run: () => assert.fail(`${command.name} ${args.join(' ')} runs`) };
    const code = await runCommandLine([idle], [...command.name.split(' '), ...args], (part) => (text += part));
    return { code, text };
  }
  const isUsage = (sentence: RegExp | string) => (error: unknown) =>
    error instanceof UsageError &&
    (typeof sentence === 'string' ? error.message.includes(sentence) : sentence.test(error.message));

  test('every command tells of itself, and refuses what it cannot use', async () => {
    const commands = await commandsFor([]);
    assert.ok(commands.length > 50, String(commands.length));
    for (const command of commands) {
      const { code, text } = await dhp(command, '--help');
      assert.equal(code, 0);
      assert.ok(text.startsWith(`${command.summary}\n\nUsage: dhp ${command.name}`), text);
      await assert.rejects(dhp(command, '--no-such-option'), isUsage(/'--no-such-option'.* dhp .* --help/s));
      for (const [name, { type, required }] of Object.entries(command.options)) {
        const wrong = type === 'string' ? [`--${name}`] : [`--${name}=x`];
        await assert.rejects(
          dhp(command, ...wrong),
          isUsage(new RegExp(`--${name}\\b`)),
          `${command.name} ${wrong[0]!}`,
        );
        if (required === true && command.argument === undefined)
          await assert.rejects(dhp(command), isUsage(/wants --/), command.name);
      }
      if (command.argument !== undefined)
        await assert.rejects(dhp(command), isUsage(`wants ${command.argument}`), command.name);
      if (command.argument?.endsWith('…') !== true) {
        const words = [...(command.argument?.split(' ') ?? []), 'one-more'];
        await assert.rejects(dhp(command, ...words), isUsage(/does not take "one-more"/), command.name);
      }
    }
  });

  test('a process ends with 0 after its help, and with 2 after a refusal', async () => {
    const program = 'apps/dhp/src/main.ts';
    assert.equal((await run([program, 'client', 'create', '--help'])).code, 0);
    for (const [words, sentence] of [
      [['client', 'create', '--colour', 'red'], /Unknown option '--colour'.*dhp client create --help/],
      [['client', 'create', '--name'], /--name.*dhp client create --help/],
      [['clients'], /no command "clients".*dhp --help/],
      [['--version'], /no option --version\. dhp --help/],
    ] as const) {
      const { code, stderr } = await run([program, ...words]);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    }
  });
});
