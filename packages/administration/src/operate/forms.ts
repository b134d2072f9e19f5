/** Reads the forms of the operators' pages. */
import { InputError } from '@dhp/sso-kit/input';
import { reasonOf } from '../acts/reason.ts';

/** Undefined when it says nothing. */
export function reasonIn(form: URLSearchParams): string | undefined {
  try {
    return reasonOf(form.get('reason') ?? undefined);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
