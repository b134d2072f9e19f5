/**
 * The templates of the explorer are valid: by R5, and each that claims a national profile by that profile, if the national package is
 * available.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Validator } from '@dhp/fhir-validation';
import { definitionsOf, MemoryCodes } from '../packages/fhir-validation/test/memory-codes.ts';
import { nationalResources, skipNational } from '../packages/fhir-validation/test/national.ts';
import templates from '../apps/portal/src/explorer/templates.json' with { type: 'json' };

type Checked = Parameters<Validator['validate']>[0];

const errorsOf = (validator: Validator, resource: object): unknown[] =>
  validator.validate(resource as Checked).filter(({ severity }) => severity === 'error');

describe('a template of the explorer', () => {
  const validator = new Validator({ nationalRules: true });
  for (const { id, resource } of templates)
    test(`${id} is valid by R5`, () => {
      assert.deepEqual(validator.validate(resource as Checked), []);
    });

  test('is valid by the national profile that it is for', { skip: skipNational }, () => {
    const resources = [...nationalResources()];
    const codes = new MemoryCodes(resources);
    const national = new Validator({
      ...{ codes, definitions: definitionsOf(resources), unknownProfiles: 'error' },
      nationalRules: true,
    });
    const claimed = templates.flatMap(({ profile, ...one }) => (profile === undefined ? [] : [{ ...one, profile }]));
    assert.ok(claimed.length >= 9);
    for (const { id, profile, resource } of claimed) {
      assert.deepEqual(errorsOf(national, { ...resource, meta: { profile: [profile] } }), [], id);
      // A faulty one is found: the profile is really read.
      const faulty = { resourceType: resource.resourceType, meta: { profile: [profile] } };
      assert.notDeepEqual(errorsOf(national, faulty), [], id);
    }
  });
});
