/** Helpers for tests of content rules: each case has a fault and all findings that it causes. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Validator, type Codes } from '../src/index.ts';

const contents: Readonly<Record<string, string>> = {
  'urn:known': 'complete',
  'urn:tree': 'complete',
  'urn:part': 'example',
  'urn:absent': 'not-present',
  'urn:more': 'supplement',
  'urn:typed': 'complete',
};

const codes: Codes = {
  validate: (valueSet, system, code) =>
    valueSet !== 'urn:set' ? 'unknown' : system === 'urn:known' && code === 'a' ? 'in' : 'out',
  concept: (system, code) =>
    system === 'urn:known' ? { known: code === 'a' || code === 'b' ? 'yes' : 'no' } : { known: 'unknown' },
  system: (url) =>
    Object.hasOwn(contents, url)
      ? {
          content: contents[url]!,
          isHierarchy: url === 'urn:tree',
          ...(url === 'urn:tree' && { hierarchyMeaning: 'is-a', valueSet: 'urn:all' }),
          properties: [
            { code: 'flag', type: 'boolean' },
            { code: 'coding', type: 'Coding' },
          ],
          filters: [{ code: 'flag', operator: ['='] }],
        }
      : undefined,
  valueSetKnowledge: (canonical) =>
    canonical === 'urn:set' || canonical === 'urn:trial'
      ? { includes: [{ system: 'urn:known', isWhole: true }], isExperimental: canonical === 'urn:trial' }
      : undefined,
  members: ({ compose }) =>
    JSON.stringify(compose).includes('urn:known') ? ['urn:known#a', 'urn:known#b'] : undefined,
};
const validator = new Validator({ codes });

/** Rules with tests of their own. */
const other = /^(?:invariant|concept-|code-not-in-value-set|null-)/;

/** Returns errors and warnings: severity, id and place. Undefined members are removed before. */
export const found = (resource: object): string[] =>
  validator
    .validate(JSON.parse(JSON.stringify(resource)))
    .filter(({ severity, id }) => severity !== 'information' && !other.test(id))
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

/** A fault and the findings that it causes. */
export type Case = readonly [name: string, resource: object, findings: readonly string[]];

export function each(cases: readonly Case[]): void {
  for (const [name, resource, findings] of cases)
    it(name, () => {
      assert.deepEqual(found(resource), findings);
    });
}

export const patient = (more: object): object => ({ resourceType: 'Patient', active: true, ...more });
export const narrative = (inner: string, attributes = ''): object => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"${attributes}>${inner}</div>` },
});
export const tagged = (tag: object): object => patient({ meta: { tag: [tag] } });
