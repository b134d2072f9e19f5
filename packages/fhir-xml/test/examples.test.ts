import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { examplesFolder as folder, examplesToTry } from '../../../tests/published-examples.ts';
import { isFull } from '../../../tests/sample.ts';
import { jsonToXml, xmlToJson } from '../src/index.ts';
import { misplacedElement } from './definition-order.ts';
import { differenceOf, parseTokens } from './json-difference.ts';

const { names: files, published } = examplesToTry(20_261_129);

/** Examples that cannot pass, with the reason. Empty today. */
const exceptions = new Map<string, string>();

/** The place of a loss on the way through XML; undefined without a loss. */
function lossOf(json: string): string | undefined {
  const xml = jsonToXml(json);
  const misplaced = misplacedElement(xml);
  if (misplaced !== undefined) return `the XML has ${misplaced} out of its place`;
  const back = xmlToJson(xml);
  scanJson(back);
  if (!back.startsWith('{"resourceType":')) return 'resourceType is not first';
  const difference = differenceOf(parseTokens(json), parseTokens(back));
  return difference === undefined ? undefined : `the JSON differs at ${difference}`;
}

describe('the published R5 examples', () => {
  it('are equal, token by token, after JSON to XML to JSON, and their XML is in the order of the definitions', (t) => {
    const lost: string[] = [];
    for (const name of files) {
      let loss: string | undefined;
      try {
        loss = lossOf(readFileSync(join(folder, name), 'utf8'));
      } catch (error) {
        loss = String(error);
      }
      if (loss !== undefined && !exceptions.has(name)) lost.push(`${name}: ${loss}`);
    }
    t.diagnostic(`${files.length} of ${published} examples, ${lost.length} of them not carried over`);
    assert.deepEqual(lost, []);
    assert.ok(files.length > (isFull ? 2800 : 300) && published > 2800);
  });

  it('make the same XML whatever the order of their members', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    const small = files.filter((name) => /^(Patient|Observation|Questionnaire|Bundle-101)/.test(name));
    assert.ok(small.length > 20);
    for (const name of small) {
      // Parsed first, so that both texts spell their numbers in the same way.
      const resource: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      assert.equal(jsonToXml(JSON.stringify(reversed(resource))), jsonToXml(JSON.stringify(resource)), name);
    }
  });
});
