/** For `node --import`: when the process ends, the statements of its stores are written into the folder that DHP_STATEMENTS names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectStatements } from './collect.ts';

const folder = process.env['DHP_STATEMENTS'];
if (folder !== undefined) {
  const { texts } = collectStatements();
  process.on('exit', () => {
    if (texts.size === 0) return;
    const lines = [...texts].map(([text, sessions]) => ({ text, sessions: [...sessions] }));
    writeFileSync(join(folder, `${String(process.pid)}.json`), JSON.stringify(lines));
  });
}
