// Runs `npm ci` if node_modules does not match the lock file.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { run } from './run.mjs';
import { hashOfFile } from './stamp.mjs';

export function isInstalled(root, stamp) {
  if (!existsSync(join(root, 'node_modules'))) return false;
  return stamp.lock === hashOfFile(join(root, 'package-lock.json')) || agreesWithLock(root);
}

/**
 * npm records installed packages in node_modules/.package-lock.json, so a node_modules made by `npm install` is equally valid. An optional
 * package for this system must be present; others may be absent.
 */
function agreesWithLock(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true; // the root and the workspaces are here in any case
    const found = present[path];
    if (found === undefined) return entry.optional === true && !isForThisSystem(entry);
    return found.version === entry.version && found.link === entry.link;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether the package names systems, among them this one. Dependencies of an absent package name none. */
function isForThisSystem({ os, cpu, libc = ['glibc'] }) {
  const allows = (list, value) => list === undefined || list.includes(value);
  if (os === undefined && cpu === undefined) return false;
  return allows(os, process.platform) && allows(cpu, process.arch) && libc.includes('glibc');
}

export async function installDependencies(root) {
  const command = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  await npm(root, 'Installing dependencies', [command, '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs npm on a Node outside of node_modules: npm removes that folder and must not delete the Node that it runs on. */
export async function npm(cwd, title, parameters) {
  const node = nodeOutside();
  const script = process.env.npm_execpath;
  const [program, ...before] = script?.endsWith('.js') ? [node, script] : ['npm'];
  const options = { cwd, env: environmentOutside(node), shell: program === 'npm' && process.platform === 'win32' };
  return run(title, program, [...before, ...parameters, '--no-progress'], options);
}

const isInside = (path) => path.split(sep).includes('node_modules') && /node_modules.(\.bin|node.bin)/.test(path);

function nodeOutside() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  const candidates = [process.env.npm_node_execpath, process.execPath, ...onPath];
  return candidates.find((path) => path && !isInside(path) && existsSync(path)) ?? process.execPath;
}

function environmentOutside(node) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !isInside(folder));
  return { ...process.env, PATH: [dirname(node), ...folders].join(delimiter) };
}
