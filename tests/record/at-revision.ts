/** A worktree of another commit, installed, for as long as it is recorded. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a program to its end. @returns what it writes. @throws Error with what it says on standard error unless it succeeds */
export async function run(cwd: string, program: string, words: readonly string[]): Promise<string> {
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${code ?? 'a signal'}\n${said}${output}`);
  return output.trim();
}

/** The commit of a tree; with `+changes` where files differ from it. */
export async function commitOf(root: string): Promise<string> {
  const commit = await run(root, 'git', ['rev-parse', 'HEAD']);
  return (await run(root, 'git', ['status', '--porcelain'])) === '' ? commit : `${commit}+changes`;
}

/** Where both trees want the same packages, the other one has them by hard links, which takes seconds. */
async function shareModules(root: string, tree: string): Promise<void> {
  const lock = (of: string): Promise<string> => readFile(join(of, 'package-lock.json'), 'utf8');
  if ((await lock(root)) !== (await lock(tree))) return;
  for await (const folder of glob('{node_modules,{apps,packages}/*/node_modules}', { cwd: root }))
    await run(root, 'cp', ['-al', folder, join(tree, folder)]).catch(() => undefined);
  // It is written to, and is the other tree's own.
  const list = join('node_modules', '.package-lock.json');
  await rm(join(tree, list), { force: true });
  await copyFile(join(root, list), join(tree, list)).catch(() => undefined);
}

/**
 * Makes a worktree of a revision, installs what it needs by its own `scripts/install.mjs`, and removes it after the work.
 * @throws Error when git does not know the revision, or it cannot be installed
 */
export async function atRevision<Result>(
  root: string,
  revision: string,
  work: (tree: string) => Promise<Result>,
): Promise<Result> {
  const commit = await run(root, 'git', ['rev-parse', '--verify', `${revision}^{commit}`]);
  const folder = await mkdtemp(join(tmpdir(), 'dhp-record-tree-'));
  const tree = join(folder, 'tree');
  try {
    await run(root, 'git', ['worktree', 'add', '--detach', tree, commit]);
    await shareModules(root, tree);
    await run(tree, process.execPath, ['scripts/install.mjs']);
    return await work(tree);
  } finally {
    await run(root, 'git', ['worktree', 'remove', '--force', tree]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
