import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { demoPatientId } from '@dhp/synthetic-population';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

describe('documents', () => {
  test('the drawing of the house is that of the table of arrows', async () => {
    const draw = (await import(join(root, 'architecture/draw.mjs'))) as { withDrawing(text: string): string };
    const file = join(root, 'docs/architecture.md');
    const style = await resolveConfig(file);
    assert.equal(
      read('docs/architecture.md'),
      await format(draw.withDrawing(read('docs/architecture.md')), { ...style, parser: 'markdown' }),
    );
  });

  test('every link to a file leads to one', () => {
    for (const document of documents) {
      for (const [, target] of read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
        const path = resolve(root, dirname(document), target ?? '');
        assert.ok(existsSync(path), `${document} links to ${relative(root, path)}, which is not there`);
      }
    }
  });

  test('every npm script that is named exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const document of documents) {
      for (const [, name] of read(document).matchAll(/npm run ([a-z:-]+)/g)) {
        assert.ok(scripts[name ?? ''], `${document} names npm run ${name ?? ''}`);
      }
    }
  });

  test('the demo patient is named by the id it has', () => {
    for (const document of ['README.md', 'docs/api-access.md'])
      assert.ok(read(document).includes(`Patient/${demoPatientId}`));
  });
});
