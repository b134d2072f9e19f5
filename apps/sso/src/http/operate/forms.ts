/** What a form of the operators' pages says of itself. */
import { timingSafeEqual } from 'node:crypto';
import { AdminError } from '../../admin/admin-error.ts';
import { reasonOf } from '../../admin/reason.ts';

/** Undefined when it says nothing. */
export function reasonIn(form: URLSearchParams): string | undefined {
  try {
    return reasonOf(form.get('reason') ?? undefined);
  } catch (error) {
    if (error instanceof AdminError) return undefined;
    throw error;
  }
}

/** In a time that tells nothing of where they differ. */
export function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
