// The Node that runs this project comes from npm (package `node`), so that all developers use the same one. Its install script fetches the
// binary; if install scripts are blocked, or the script failed, the binary is fetched here.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { npm } from './dependencies.mjs';
import { Failure } from './run.mjs';
import { traceOf } from './stamp.mjs';

const onWindows = process.platform === 'win32';
const executable = onWindows ? 'node.exe' : 'node';

export const pinnedNodePath = (root) => join(root, 'node_modules', 'node', 'bin', executable);

const commandPath = (root) => join(root, 'node_modules', '.bin', onWindows ? 'node.cmd' : 'node');

export function isPinnedNodeThere(root, stamp) {
  return existsSync(commandPath(root)) && stamp.node === traceOf(pinnedNodePath(root));
}

/** @throws {Failure} when neither the pinned Node nor one of the same major version can be had */
export async function ensurePinnedNode(root) {
  const wanted = JSON.parse(readFileSync(join(root, 'node_modules', 'node', 'package.json'), 'utf8')).version;
  if (versionOf(pinnedNodePath(root)) !== wanted) {
    const problem = await fetchNode(root, wanted).catch((error) => error.message);
    if (versionOf(pinnedNodePath(root)) !== wanted) useThisNode(root, wanted, problem);
  }
  link(root);
  if (versionOf(commandPath(root)) === undefined) throw new Failure(`${commandPath(root)} does not run`);
}

/** The version without its `v`; undefined if the program is absent or does not run here. */
function versionOf(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', shell: onWindows });
  return status === 0 ? stdout.trim().slice(1) : undefined;
}

/** The binary for each system is a separate npm package. It has no install script, so nothing can block it. */
async function fetchNode(root, version) {
  const system = onWindows ? 'win' : process.platform;
  const prefix = system === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${system}-${process.arch}`;
  const folder = join(root, 'node_modules', `.dhp-node-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const parameters = ['install', `${name}@${version}`, '--no-save', '--ignore-scripts', '--prefer-offline'];
    await npm(folder, `Fetching Node ${version}`, [...parameters, '--no-audit', '--no-fund', '--loglevel=error']);
    const target = pinnedNodePath(root);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(folder, 'node_modules', name, 'bin', executable), target);
    chmodSync(target, 0o755);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without network, or on a system for which the package has no binary, the running Node is used if its major version matches. */
function useThisNode(root, wanted, problem) {
  const major = (version) => version.split('.')[0];
  if (major(process.versions.node) !== major(wanted)) {
    throw new Failure(`Node ${wanted} could not be installed, and this is ${process.version}.\n${problem ?? ''}`);
  }
  console.error(`Node ${wanted} could not be installed; using the installed ${process.version}`);
  const target = pinnedNodePath(root);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { force: true });
  if (onWindows) throw new Failure(`Node ${wanted} could not be installed.\n${problem ?? ''}`);
  symlinkSync(process.execPath, target);
}

/** Makes the link that npm puts into node_modules/.bin. If the install script was blocked, a dangling link already exists. */
function link(root) {
  const path = commandPath(root);
  mkdirSync(dirname(path), { recursive: true });
  if (onWindows) {
    writeFileSync(path, `@"%~dp0\\..\\node\\bin\\node.exe" %*\r\n`);
  } else if (!existsSync(path)) {
    if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path);
    symlinkSync(join('..', 'node', 'bin', 'node'), path);
  }
}
