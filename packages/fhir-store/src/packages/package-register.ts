/** The register of installed packages. */
import type { Sql } from '@dhp/postgres';
import { openPool } from '../connections.ts';
import type { InstalledPackage, NewPackage, PackageMember, PackageName } from '../installed-package.ts';
import { guarded } from '../store-unavailable.ts';
import { deletePackage, forgetMember, insertPackage, markComplete } from '../statements/change-packages.ts';
import { readMembers, readPackages } from '../statements/read-packages.ts';

/** All methods reject with `StoreUnavailable` as those of the store do. */
export interface PackageRegister {
  /** Returns the installed packages by name and version. */
  list(): Promise<InstalledPackage[]>;
  /** Returns the resources that all packages have brought. */
  members(): Promise<PackageMember[]>;
  /** Notes a package as being installed, with the members that it will bring, besides those that it brought before. */
  begin(installing: NewPackage, members: readonly Omit<PackageMember, 'package'>[]): Promise<void>;
  /** Takes back that a package brings a resource. */
  forget(from: PackageName, type: string, id: string): Promise<void>;
  /** All that `begin` announced is stored. */
  complete(installed: PackageName): Promise<void>;
  remove(removed: PackageName): Promise<void>;
  close(): Promise<void>;
}

/** Chosen at random once; names the lock that one installation or removal holds at a time, on all servers. */
const registerLock = 6_180_339_887;

/**
 * Opens the register of one environment's packages for an exclusive change: others wait until it is closed.
 * @param url the environment's database, to which `migrations` were applied
 * @param waiting called if another process is changing it
 */
export async function openPackageRegister(url: string, waiting?: () => void): Promise<PackageRegister> {
  const sql = openPool(url, 'packages', { direct: true });
  try {
    const lock = await guarded(() => hold(sql, waiting));
    return {
      list: () => guarded(() => readPackages(sql)),
      members: () => guarded(() => readMembers(sql)),
      begin: (installing, members) => guarded(() => insertPackage(sql, installing, members)),
      forget: (from, type, id) => guarded(() => forgetMember(sql, from, type, id)),
      complete: (installed) => guarded(() => markComplete(sql, installed)),
      remove: (removed) => guarded(() => deletePackage(sql, removed)),
      async close() {
        lock.release();
        await sql.end({ timeout: 5 });
      },
    };
  } catch (error) {
    await sql.end({ timeout: 5 });
    throw error;
  }
}

/** The packages of an environment, without waiting for anybody. */
export async function listPackages(url: string): Promise<InstalledPackage[]> {
  const sql = openPool(url, 'packages');
  try {
    return await guarded(() => readPackages(sql));
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** A lock of the session, on a dedicated connection: it ends with the process, however that ends. */
async function hold(sql: Sql, waiting: (() => void) | undefined): Promise<{ release(): void }> {
  const reserved = await sql.reserve();
  const [free] = await reserved<{ free: boolean }[]>`select pg_try_advisory_lock(${registerLock}::bigint) as free`;
  if (free?.free !== true) {
    waiting?.();
    await reserved`select pg_advisory_lock(${registerLock}::bigint)`;
  }
  return { release: () => reserved.release() };
}
