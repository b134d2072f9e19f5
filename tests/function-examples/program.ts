/** Makes a program of examples: each in a block of its own, with what it states beside its result. */
import type { Example } from './find.ts';

/** A line of the output of a program. */
export interface Stated {
  readonly of: string;
  readonly stated: string;
  readonly actual: string;
}

const result = /^(\S.*?);? \/\/ (.+)$/;

/** The lines of an example that state a result. */
export function resultsIn(text: string): string[] {
  return text.split('\n').filter((line) => isResult(line));
}

const isResult = (line: string): boolean => result.test(line) && !/^(?:const|let|import) /.test(line);

/** The program prints a `Stated` as JSON for each result. Names of the packages' doors are imported where an example has them. */
export function programOf(examples: readonly Example[]): string {
  const texts = examples.map(({ text = '' }) => text).join('\n');
  const doors = Map.groupBy(
    examples.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(texts)),
    ({ door }) => door,
  );
  const own = texts.split('\n').filter((line) => line.startsWith('import '));
  const known = own.join('\n');
  return [
    "import { inspect } from 'node:util';",
    ...[...doors].flatMap(([door, those]) => {
      const names = [...new Set(those.map(({ name }) => name))].filter((name) => !known.includes(name));
      return names.length === 0 ? [] : [`import { ${names.join(', ')} } from '${door}';`];
    }),
    ...new Set(own),
    'async function state(of: string, stated: string, act: () => unknown): Promise<void> {',
    '  let actual: string;',
    '  try { actual = inspect(await act(), { breakLength: Infinity, depth: 6 }); }',
    '  catch (error) { actual = `throws ${(error as Error).constructor.name}`; }',
    '  console.log(JSON.stringify({ of, stated, actual }));',
    '}',
    ...examples.map(blockOf),
  ].join('\n');
}

function blockOf({ name, text = '' }: Example): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('import '));
  const written = lines.map((line) => {
    if (!isResult(line)) return line;
    const [, expression, stated] = result.exec(line)!;
    const body = expression!.startsWith('await ') ? `async () => ${expression!}` : `() => ${expression!}`;
    return `await state(${JSON.stringify(`${name}: ${expression!}`)}, ${JSON.stringify(stated)}, ${body});`;
  });
  return ['{', ...written, '}'].join('\n');
}
