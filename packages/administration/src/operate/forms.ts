/** Reads the forms of the operators' pages. */
import { AdminError } from '@dhp/sso-kit/input';
import { reasonOf } from '../acts/reason.ts';

/** Undefined when it says nothing. */
export function reasonIn(form: URLSearchParams): string | undefined {
  try {
    return reasonOf(form.get('reason') ?? undefined);
  } catch (error) {
    if (error instanceof AdminError) return undefined;
    throw error;
  }
}
