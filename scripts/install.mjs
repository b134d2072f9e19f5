// Makes a fresh clone ready to run: dependencies, the pinned Node, generated code and, with --with-browser, a browser.
// npm runs it before start, test, check …; when all is there it does nothing, in a few milliseconds.
//   node scripts/install.mjs [--with-browser] [-- <program> <arguments>]
// With a program it continues as that program, on the pinned Node: npm skips its pre-hooks where `ignore-scripts` is set.
// It runs on whatever Node the machine has (20 or newer), so it uses nothing but Node's own modules.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installBrowser } from './install/browser.mjs';
import { installDependencies, isInstalled } from './install/dependencies.mjs';
import { generate, isGenerated } from './install/generate.mjs';
import { withLock } from './install/lock.mjs';
import { become } from './install/become.mjs';
import { ensurePinnedNode, isPinnedNodeThere, pinnedNodePath } from './install/pinned-node.mjs';
import { Failure } from './install/run.mjs';
import { hashOfFile, readStamp, traceOf, writeStamp } from './install/stamp.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const separator = process.argv.indexOf('--');
const options = separator === -1 ? process.argv : process.argv.slice(0, separator);
const program = separator === -1 ? [] : process.argv.slice(separator + 1);

try {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Failure(`Node 20 or newer is needed to install this project; this is ${process.version}`);
  }
  if (!(await isReady())) await withLock(join(root, '.dhp'), makeReady);
  if (options.includes('--with-browser')) await installBrowser(root);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
}
if (program.length > 0) await become(root, program);

async function isReady() {
  const stamp = readStamp(root);
  return isInstalled(root, stamp) && isPinnedNodeThere(root, stamp) && (await isGenerated(root));
}

async function makeReady() {
  if (await isReady()) return; // the process that had the lock has done it
  if (!isInstalled(root, readStamp(root))) await installDependencies(root);
  await ensurePinnedNode(root);
  writeStamp(root, { lock: hashOfFile(join(root, 'package-lock.json')), node: traceOf(pinnedNodePath(root)) });
  if (!(await isGenerated(root))) await generate(root);
}
