import assert from 'node:assert/strict';
import { XmlFault, type XmlFaultKind } from '../src/index.ts';

/** The fault that a call ends with. */
export function faultOf(call: () => unknown): XmlFault {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof XmlFault) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: `there is no fault, but ${String(result).slice(0, 200)}` });
}

/** A text, and the kind, the path and the message of its fault. */
export type Case = [text: string, kind: XmlFaultKind, path: string, message: RegExp];

/** Asserts that the text ends with that fault, whose message ends with its place. */
export function check([text, kind, path, message]: Case, convert: (text: string) => string): void {
  const fault = faultOf(() => convert(text));
  assert.deepEqual([fault.kind, fault.path], [kind, path], fault.message);
  assert.match(fault.message, message);
  assert.match(fault.message, new RegExp(`\\(line ${fault.line}, column ${fault.column}\\)$`));
  assert.ok(fault.offset >= 0 && fault.offset <= text.length, `${fault.offset} of ${text.length}`);
}
