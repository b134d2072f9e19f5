/** The lint rule that prevents lookups of external texts in object literals. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Linter, type Rule } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';

const { inheritedNames } = (await import(new URL('../scripts/inherited-names.mjs', import.meta.url).href)) as {
  inheritedNames: Rule.RuleModule;
};
const folder = mkdtempSync(join(tmpdir(), 'dhp-rule-'));
after(() => {
  rmSync(folder, { recursive: true });
});

/** The lines at which the rule finds something. */
function linesIn(code: string): number[] {
  const file = join(folder, 'module.ts');
  writeFileSync(file, code);
  const program = ts.createProgram([file], { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, types: [] });
  return new Linter({ cwd: folder })
    .verify(
      code,
      [
        {
          files: ['**/*.ts'],
          languageOptions: { parser: tseslint.parser, parserOptions: { programs: [program] } },
          plugins: { house: { rules: { 'inherited-names': inheritedNames } } },
          rules: { 'house/inherited-names': 'error' },
        },
      ],
      { filename: file },
    )
    .map(({ line, message }) => (message.includes('constructor') ? line : -line));
}

test('a text that may be any is not looked up in an object literal, and not asked for with in', () => {
  const code = [
    'const table: Record<string, number> = { a: 1 };',
    'const typed = { b: 2 } as Record<string, number>;',
    'export const looked = (name: string) => table[name];',
    'export const cast = (name: string) => typed[name];',
    'export const asked = (name: string) => name in table;',
  ];
  assert.deepEqual(linesIn(code.join('\n')), [3, 4, 5]);
});

test('a name of the type, a Map, and a table that is asked first are as they should be', () => {
  const code = [
    'const table: Record<string, number> = { a: 1 };',
    'const fixed = { a: 1, b: 2 } as const;',
    'const map = new Map(Object.entries(table));',
    'export const known = (name: keyof typeof fixed) => fixed[name];',
    'export const found = (name: string) => map.get(name);',
    'export const guarded = (name: string) => (Object.hasOwn(table, name) ? table[name] : undefined);',
    'export const made = (given: Record<string, number>, name: string) => given[name];',
  ];
  assert.deepEqual(linesIn(code.join('\n')), []);
});
