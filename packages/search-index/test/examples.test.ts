import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compile } from '@dhp/fhirpath';
import type { JsonResource } from '@dhp/fhir-search';
import { notIndexed, searchParametersOf } from '@dhp/fhir-search/parameters';
import { indexValues } from '../src/rows.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));

/**
 * Parameters of which an item may give no value: a reference to a contained resource, an identifier with an assigner only, and a composite
 * of which a part is missing.
 */
const mayBeEmpty = new Set(['reference Reference', 'token Identifier']);

describe('a tenth of the published examples', () => {
  const names = readdirSync(folder).filter((name, i) => /^[A-Z].*\.json$/.test(name) && i % 10 === 0);

  it('give a value for every item that an expression finds', (t) => {
    const counts: Record<string, number> = {};
    for (const name of names) {
      const resource = JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonResource;
      const values = indexValues(resource);
      for (const { value } of values) counts[value.type] = (counts[value.type] ?? 0) + 1;
      const found = new Set(values.map(({ parameter }) => parameter));
      assert.ok(found.has('_id') || resource.id === undefined, name);
      const skipped = notIndexed(resource.resourceType);
      for (const { code, type, base, expression } of searchParametersOf(resource.resourceType).values()) {
        if (expression === undefined || skipped.has(code) || found.has(code) || type === 'composite') continue;
        const items = compile(expression, { context: 'SearchParameter', type: base }).evaluate(resource);
        const lost = items.filter((item) => item.value !== undefined && !mayBeEmpty.has(`${type} ${item.type}`));
        assert.deepEqual(lost, [], `${name} ${code}`);
      }
    }
    t.diagnostic(`${names.length} examples: ${JSON.stringify(counts)}`);
    assert.ok(names.length > 250);
    for (const type of ['token', 'string', 'reference', 'date', 'quantity', 'uri', 'composite']) {
      assert.ok((counts[type] ?? 0) > 0, type);
    }
  });
});
