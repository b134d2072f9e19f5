import { failure, type Failure } from '../http/errors.ts';
import { operationsAt } from './operations.ts';
import type { Level } from './operation.ts';

/** Levels by the number of path segments before `$x`. */
const levels: Readonly<Record<number, Level>> = { 0: 'system', 1: 'type', 2: 'instance', 4: 'version' };

/** The failure for an operation that is not at its place; the ones that are, it names. */
export function unknownOperation(segments: readonly string[]): Failure {
  const code = segments.at(-1) ?? '';
  const [type = ''] = segments.length > 1 ? segments : [];
  const level = levels[segments.length - 1] ?? 'system';
  const here = operationsAt(level, type).map((each) => `$${each.code}`);
  const place = `/${[...segments.slice(0, -1), ''].join('/')}`.slice(0, 200);
  const known = here.length === 0 ? 'There are none here.' : `There are: ${here.join(', ')}.`;
  const values = { operation: code.slice(0, 100), known: here.join(', ') || '–' };
  return failure('operation-unknown', values, {
    diagnostics: `${code.slice(0, 100)} is no operation at ${place}. ${known}`,
  });
}
