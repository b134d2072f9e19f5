// Continues as another program of this repository, on the pinned Node.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import module from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pinnedNodePath } from './pinned-node.mjs';

/**
 * If this process already runs on the pinned Node, the program is loaded into it; otherwise a child process runs it, and this process
 * forwards signals and exits as the child does.
 */
export async function become(root, [file, ...parameters]) {
  const path = resolve(root, file);
  // Compiled code, with types stripped, is cached for later processes: a start then takes a third of the time.
  process.env.NODE_COMPILE_CACHE ??= join(root, '.dhp', 'compile-cache');
  if (realpathSync(process.execPath) === realpathSync(pinnedNodePath(root))) {
    module.enableCompileCache?.();
    process.argv = [process.execPath, path, ...parameters];
    await import(pathToFileURL(path).href);
    return;
  }
  const child = spawn(pinnedNodePath(root), [path, ...parameters], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
