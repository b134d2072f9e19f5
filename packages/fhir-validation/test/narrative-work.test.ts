/** Reading a narrative must take work in proportion to its length, whatever its content. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readNarrative } from '../src/narrative/narrative.ts';

/**
 * Counts the work of calls that may be expensive: characters of text searches, list members, map entries. Durations mean nothing on a busy
 * machine.
 */
function workOf(text: string): number {
  let work = 0;
  const restore = [
    replaced(
      String.prototype,
      'indexOf',
      (original) =>
        function (this: string, part: string, from = 0) {
          const found = original.call(this, part, from) as number;
          work += (found < 0 ? this.length : found) - from + 1;
          return found;
        },
    ),
    replaced(
      Array.prototype,
      'includes',
      (original) =>
        function (this: unknown[], member: unknown) {
          work += this.length;
          return original.call(this, member);
        },
    ),
    replaced(
      Map.prototype,
      Symbol.iterator,
      (original) =>
        function (this: Map<unknown, unknown>) {
          work += this.size;
          return original.call(this);
        },
    ),
  ];
  try {
    readNarrative(text);
  } finally {
    for (const each of restore) each();
  }
  return work;
}

type Method = (this: never, ...given: never[]) => unknown;

/** ¶ @returns a function that restores the method */
function replaced(
  prototype: object,
  name: PropertyKey,
  make: (original: { call(self: unknown, ...given: unknown[]): unknown }) => Method,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
  Object.defineProperty(prototype, name, { ...descriptor, value: make(descriptor.value as Method) });
  return () => Object.defineProperty(prototype, name, descriptor);
}

const div = (inner: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`;
const narratives: [what: string, make: (n: number) => string][] = [
  ['tags without any reference', (n) => div('<b>x</b>'.repeat(n))],
  ['tags with a reference at the end', (n) => div(`${'<b>x</b>'.repeat(n)}&lt;`)],
  ['references between tags', (n) => div('<b>&lt;</b>'.repeat(n))],
  [
    'paragraphs deep within other elements',
    (n) => div('<span>'.repeat(n) + '<p>x</p>'.repeat(n) + '</span>'.repeat(n)),
  ],
  ['paragraphs within paragraphs', (n) => div('<p>'.repeat(n) + '</p>'.repeat(n))],
  ['faults beside many ids', (n) => div(Array.from({ length: n }, (_, i) => `<b id="i${String(i)}">&</b>`).join(''))],
  ['unknown names of references', (n) => div('&nonsense; '.repeat(n))],
  ['comments and CDATA', (n) => div('<!-- x --><![CDATA[ x ]]>'.repeat(n))],
];

describe('twice the narrative is twice the work', () => {
  for (const [what, make] of narratives) {
    test(what, () => {
      const [one, two] = [workOf(make(400)), workOf(make(800))];
      assert.ok(one > 400, `${String(one)}: counted`);
      assert.ok(two < 2.5 * one, `${String(one)} for n, ${String(two)} for 2n`);
    });
  }
});
