/**
 * Ends after a restore what the time that is gone may have ended: tokens, sessions, links, jobs, subscriptions. The heads of trails that were kept outside
 * the database are ahead of what was restored, and are put aside.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { acceptRestore } from '@dhp/audit/chain';
import { distrustSubscriptions, endOpenJobs } from '@dhp/fhir-store/kept';
import { endAllThatWasIssued } from '@dhp/grants/artifacts';
import { connect, databaseUrl, isDatabaseThere, type Sql } from '@dhp/postgres';
import { openKeys } from '@dhp/signing-keys';
import { checkSecretKey } from '@dhp/signing-keys/server-keys';
import { operatingSystemUser } from '@dhp/sso-kit';
import { auditHeadsOf } from './audit-heads.ts';
import type { Context } from './context.ts';
import { ConfigurationError } from './settings/setting.ts';
import { operationMessages } from './texts/operation.ts';
import { spokenLanguage } from './locale.ts';

export interface CutOff {
  readonly sessions: number;
  readonly jobs: number;
}

/** @throws SecretKeyError where the key is not that of the installation that the restored database is of */
export async function requireKey(url: string, context: Context): Promise<void> {
  const secret = context.settings.DHP_SECRET_KEY ?? keyIn(context);
  await within(url, 'sso', (sql) => checkSecretKey(sql, secret));
}

/**
 * @param url of the restored database server, with the superuser's login; nothing else uses it
 * @throws SecretKeyError before anything is changed, where the key is not that of the installation
 */
export async function cutOff(url: string, context: Context, reason: string): Promise<CutOff> {
  const secret = context.settings.DHP_SECRET_KEY ?? keyIn(context);
  let sessions = 0;
  let jobs = 0;
  await within(url, 'sso', async (sql) => {
    await checkSecretKey(sql, secret);
    sessions = await sql.begin((transaction) => endAllThatWasIssued(transaction));
    const keys = openKeys(sql, { encryptionKey: secret, reason });
    for (const alg of ['ES256', 'RS256'] as const) await keys.rotate(alg, { atOnce: true });
    await acceptRestore(sql, auditHeadsOf(context), { actor: `cli:${operatingSystemUser()}`, reason, now: new Date() });
  });
  for (const name of ['playground', 'production'] as const) {
    await within(url, name, async (sql) => {
      jobs += await endOpenJobs(sql);
      await distrustSubscriptions(sql);
    });
    putAside(`${context.settings.DHP_AUDIT_HEADS ?? join(context.data.path, 'audit.heads')}.${name}`);
  }
  return { sessions, jobs };
}

/** The key is never made here: another one would open nothing. */
function keyIn({ data }: Context): Buffer {
  const file = join(data.path, 'secret.key');
  if (!existsSync(file)) throw new ConfigurationError(operationMessages[spokenLanguage()].data.noKey({ file }));
  return data.secretKey();
}

function putAside(file: string): void {
  if (existsSync(file)) renameSync(file, `${file}.before-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
}

async function within(url: string, name: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  const own = databaseUrl(url, `dhp_${name}`);
  if (!(await isDatabaseThere(own))) return;
  const sql = connect(own, { max: 2, applicationName: 'dhp restore' });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
