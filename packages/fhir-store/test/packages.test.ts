import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { listPackages, openPackageRegister, type PackageMember } from '../src/packages.ts';
import type { NewPackage } from '../src/installed-package.ts';
import { storeUnderTest } from './database.ts';

const { database } = await storeUnderTest('packages');

const guide: NewPackage = {
  name: 'uz.example',
  version: '1.0.0',
  title: 'Qo\'llanma, «гайд» \\ "',
  canonical: undefined,
  dependencies: { 'hl7.fhir.r5.core': '5.0.0' },
  origin: '/tmp/x.tgz',
  by: 'aziza',
};
const member: Omit<PackageMember, 'package'> = {
  type: 'ValueSet',
  id: 'organs',
  url: 'http://example.org/organs',
  version: undefined,
  hash: 'ab'.repeat(32),
  adopted: false,
};

describe('the register of packages', () => {
  const opened: { close(): Promise<void> }[] = [];
  after(() => Promise.all(opened.map((register) => register.close())));

  it('knows a package and what it brings from before it is stored until it is removed', async () => {
    const register = await openPackageRegister(database.url);
    opened.push(register);
    await register.begin(guide, [member, { ...member, id: 'other', url: undefined, version: '2' }]);
    const [noted] = await listPackages(database.url);
    assert.ok(noted!.installed instanceof Date);
    assert.deepEqual({ ...noted, installed: 0 }, { ...guide, installed: 0, complete: false, resources: 2 });
    await register.complete(guide);
    assert.equal((await register.list())[0]?.complete, true);

    await register.begin(guide, [{ ...member, hash: 'cd'.repeat(32) }]);
    assert.equal((await register.list())[0]?.complete, false, 'it is being installed again');
    const name = { name: guide.name, version: guide.version };
    assert.deepEqual(await register.members(), [
      { ...member, package: name, hash: 'cd'.repeat(32) },
      { ...member, package: name, id: 'other', url: undefined, version: '2' },
    ]);
    await register.forget(guide, 'ValueSet', 'other');
    assert.deepEqual(
      (await register.members()).map(({ id }) => id),
      ['organs'],
    );
    await register.remove(guide);
    assert.deepEqual([await register.list(), await register.members()], [[], []]);
  });

  it('is held by one at a time', async () => {
    await opened.pop()?.close();
    const first = await openPackageRegister(database.url);
    const order: string[] = [];
    const second = openPackageRegister(database.url, () => order.push('waits')).then((register) => {
      order.push('has it');
      return register;
    });
    while (!order.includes('waits')) await new Promise((resolve) => setTimeout(resolve, 10));
    order.push('first ends');
    await first.close();
    opened.push(await second);
    assert.deepEqual(order, ['waits', 'first ends', 'has it']);
  });
});
