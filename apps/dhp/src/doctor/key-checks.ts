/** Checks of the keys that sign tokens: whether they can be opened, and whether they succeed each other in time. */
import { checkSecretKey } from '@dhp/signing-keys/server-keys';
import type { Sql } from '@dhp/postgres';
import type { SettingValues } from '../settings.ts';
import { finding, orWell, type Finding } from './finding.ts';
import { told } from './node-checks.ts';

const day = 86_400_000;

export interface KeyAge {
  readonly alg: string;
  readonly signsFrom: Date;
}

/** The newest key of each algorithm that signs by now. */
export async function keyAges(sql: Sql): Promise<readonly KeyAge[]> {
  return sql<KeyAge[]>`
    select alg, max(signs_from) as "signsFrom" from sso.signing_key
    where signs_from <= now() and (retires_at is null or retires_at > now()) group by alg order by alg`;
}

/** @param interval days of DHP_KEY_ROTATION_DAYS; two more are allowed for a platform that was stopped */
export function judgeKeys(
  ages: readonly KeyAge[],
  { DHP_KEY_ROTATION_DAYS: interval = 90 }: SettingValues,
  now: number,
): readonly Finding[] {
  const { late, old } = told().keys;
  return orWell(
    'keys',
    'sso',
    ages.flatMap(({ alg, signsFrom }) => {
      const days = Math.floor((now - signsFrom.getTime()) / day);
      const values = { alg, days };
      if (interval > 0 && days > interval + 2) return [finding(['keys', 'fault', 'sso'], late, values)];
      return interval === 0 && days > 365 ? [finding(['keys', 'warning', 'sso'], old, values)] : [];
    }),
  );
}

/** @returns a fault if the secret key is not the one that sealed the content of the database */
export async function checkSecret(sql: Sql, secret: Buffer | undefined): Promise<readonly Finding[]> {
  const { absent, wrong } = told().keys;
  if (secret === undefined) return [finding(['keys', 'unknown', 'sso'], absent, {})];
  try {
    await checkSecretKey(sql, secret);
    return [];
  } catch (error) {
    if ((error as Error).name !== 'SecretKeyError') throw error;
    return [finding(['keys', 'fault', 'DHP_SECRET_KEY'], wrong, {})];
  }
}
