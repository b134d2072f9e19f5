/** Compares whether versions that are decided together are visible as when each is read, for the latest caller. */
import assert from 'node:assert/strict';
import type { StoredVersion } from '@dhp/fhir-store';
import { createAccessControl } from '../../src/access/access-control.ts';
import { Caller } from '../../src/access/caller.ts';
import type { ReadRule, RuleServices } from '../../src/access/read-rules.ts';
import type { Access } from '../../src/contract/access.ts';
import type { TestServer } from '../environment.ts';
import type { Resource } from './world.ts';

type Services = ConstructorParameters<typeof Caller>[0];

/** The services and the access of the latest request. */
export interface Asker {
  services?: Services;
  access?: Access;
}

/** A rule that permits everything and records who asks. */
export function noting(asker: Asker): ReadRule {
  const leaves = (services: RuleServices, access: Access) => () => {
    Object.assign(asker, { services, access });
    return true as const;
  };
  return { name: 'noting', refuses: [], leaves };
}

/**
 * Asks about all versions of all resources, again after every fourth resource is deleted, and about what the caller was shown.
 * @returns how many are visible
 * @throws AssertionError if one differs from a read
 */
export async function seenAlike(
  server: TestServer,
  { services, access }: Asker,
  everything: readonly Resource[],
): Promise<number> {
  assert.ok(services !== undefined && access !== undefined, 'nobody asked');
  const caller = new Caller(services, access, createAccessControl(server.store)).services('r');
  const compare = async (versions: readonly StoredVersion[]): Promise<StoredVersion[]> => {
    const read = await Promise.all(
      versions.map(({ type, id, versionId }) => caller.store.vread(type, id, versionId).catch(() => undefined)),
    );
    const told = (each: readonly (StoredVersion | undefined)[]): unknown[] =>
      each.map((one, n) => [versions[n]!.type, versions[n]!.id, versions[n]!.versionId, one?.content.toString('utf8')]);
    assert.deepEqual(told(await caller.seen(versions)), told(read));
    return read.filter((version) => version !== undefined);
  };
  const all = async (): Promise<StoredVersion[]> => {
    const found = await Promise.all(
      everything.map(({ resourceType, id }) => services.unguarded.history(resourceType, id, { count: 20 })),
    );
    return found.flatMap(({ versions }) => versions);
  };
  const shown = await compare(await all());
  await compare(shown);
  for (const { resourceType: type, id } of everything.filter((_, n) => n % 4 === 3))
    await services.unguarded.delete({ type, id });
  await compare(await all());
  return shown.length;
}
