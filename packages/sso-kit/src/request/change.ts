/** Changes of the request that is being served: put off to its end where it has a unit of work, made at once elsewhere. */
import type { Session } from '@dhp/postgres';
import { unitOfWork } from './correlation.ts';
import { writeTogether, type Change } from './unit-of-work.ts';

/** Puts off a change to the end of the request that is being served, or makes it now where nothing is put off. */
export async function change(sql: Session, key: string, made: Change): Promise<void> {
  const unit = unitOfWork();
  if (unit === undefined) await writeTogether(sql, [made]);
  else unit.put(key, made);
}

/** To be awaited before something is read that the request itself may have changed. */
export async function writeBefore(prefix: string): Promise<void> {
  const unit = unitOfWork();
  if (unit?.holds(prefix) === true) await unit.write();
}
