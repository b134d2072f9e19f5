import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// In a process of its own, where nothing else takes memory and the collector can be called.
const program = `
const { systemOf } = await import(process.argv[1]);
const size = 100_000;
const text = JSON.stringify({
  resourceType: 'CodeSystem', url: 'http://example.org/large', status: 'active', content: 'complete', language: 'uz',
  concept: Array.from({ length: size }, (_, i) => ({
    code: 'K' + String(i).padStart(6, '0'),
    display: 'Tashxis raqami ' + i + ' (oddiy)',
    designation: [{ language: 'ru', value: 'Диагноз номер ' + i + ' (обычный)' }, { language: 'en', value: 'Diagnosis number ' + i + ' (plain)' }],
  })),
});
const used = async () => { await new Promise((done) => setTimeout(done, 100)); gc(); gc(); gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
const before = await used();
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const start = cpu();
let resource = JSON.parse(text);
const parsed = cpu() - start;
const system = systemOf(resource);
const found = system.find('K099999');
const milliseconds = cpu() - start;
resource = undefined;
const bytes = await used() - before; // the text is still held, before and after
console.log(JSON.stringify({ milliseconds, parsed, bytes, russian: found.designations[0].value, size: system.size, characters: text.length }));
`;

test('a hundred thousand concepts in three languages: under 40 MB, loaded in under a second', (context) => {
  const module = fileURLToPath(new URL('../src/source/resource-source.ts', import.meta.url));
  const args = ['--expose-gc', '--input-type=module', '--eval', program, module];
  const report = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as {
    milliseconds: number;
    parsed: number;
    bytes: number;
    russian: string;
    size: number;
  };
  context.diagnostic(
    `${Math.round(report.milliseconds)} ms (${Math.round(report.parsed)} of them JSON), ${(report.bytes / 1e6).toFixed(1)} MB`,
  );
  assert.equal(report.size, 100_000);
  assert.equal(report.russian, 'Диагноз номер 99999 (обычный)');
  assert.ok(report.bytes < 40e6);
  assert.ok(report.milliseconds < 1000);
});
