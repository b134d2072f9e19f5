// node_modules/.dhp-install records the valid state found by the last run, so that the next one can skip detailed checks. npm removes it
// together with node_modules.
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileOf = (root) => join(root, 'node_modules', '.dhp-install');

export function readStamp(root) {
  try {
    return JSON.parse(readFileSync(fileOf(root), 'utf8'));
  } catch {
    return {};
  }
}

export function writeStamp(root, stamp) {
  writeFileSync(fileOf(root), JSON.stringify(stamp));
}

export function hashOfFile(path) {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return 'absent';
  }
}

/** Size and time of a file: changes when it is written, replaced or removed. */
export function traceOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'absent' : `${found.size} ${found.mtimeMs}`;
}
