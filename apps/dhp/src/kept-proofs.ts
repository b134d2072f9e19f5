/** Contents of the databases of an installation, proved when a backup is made and when it is restored. */
import { connect, isDatabaseThere } from '@dhp/postgres';
import { BackupError } from '@dhp/postgres/backup';
import { continueHistory, feedDigest, feedEnd, serverHistory, type FeedDigest } from '@dhp/fhir-store/kept';
import type { AddressOf } from './databases.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';

const environments = ['playground', 'production'] as const;

/** @param at with the login of their owner. @returns for each environment a hash over its change feed */
export async function proveFeeds(at: AddressOf): Promise<Readonly<Record<string, FeedDigest>>> {
  const proofs: Record<string, FeedDigest> = {};
  for (const name of environments)
    await inEnvironment(at(name), async (sql) => {
      proofs[name] = await feedDigest(sql, await feedEnd(sql));
    });
  return proofs;
}

/**
 * @param proofs of the backup
 * @throws BackupError if a version is missing or differs
 */
export async function compareFeeds(at: AddressOf, proofs: Readonly<Record<string, unknown>>): Promise<void> {
  for (const name of environments) {
    const proof = proofs[name] as FeedDigest | undefined;
    if (proof === undefined) continue;
    let found: FeedDigest | undefined;
    await inEnvironment(at(name), async (sql) => {
      found = await feedDigest(sql, proof.below);
    });
    if (found?.hash === proof.hash) continue;
    const { feedDiffers } = operationMessages[spokenLanguage()].restore;
    const message = feedDiffers({ environment: name, versions: proof.versions, found: found?.versions ?? 0 });
    throw new BackupError('backup-feed', message);
  }
}

/**
 * Keeps stored places in the order of commits, such as cursors of the feed, valid in a copy of the cluster.
 * @param from of the cluster that was copied, to of the copy; with the login of their owner
 */
export async function continueFeeds(from: AddressOf, to: AddressOf): Promise<void> {
  for (const name of environments) {
    let before: string | undefined;
    await inEnvironment(from(name), async (sql) => {
      before = await serverHistory(sql);
    });
    if (before !== undefined) await inEnvironment(to(name), (sql) => continueHistory(sql, before!), false);
  }
}

async function inEnvironment(
  own: string,
  work: (sql: ReturnType<typeof connect>) => Promise<void>,
  readOnly = true,
): Promise<void> {
  if (!(await isDatabaseThere(own))) return;
  const sql = connect(own, { max: 1, applicationName: 'dhp backup', readOnly, connectTimeout: 30 });
  try {
    const [table] = await sql<{ isThere: boolean }[]>`select to_regclass('fhir.resource') is not null as "isThere"`;
    if (table?.isThere === true) await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
