/** Rights of the members of an organisation of developers. */
import { InputError } from '@dhp/sso-kit/input';
import { DeveloperError } from './developer-error.ts';

export const roles = ['owner', 'developer'] as const;
export type Role = (typeof roles)[number];

/** Acts by the roles that may do them; no other act exists. */
const permitted = {
  look: ['owner', 'developer'],
  register: ['owner', 'developer'],
  credentials: ['owner', 'developer'],
  change: ['owner', 'developer'],
  launch: ['owner', 'developer'],
  'revoke-application': ['owner'],
  members: ['owner'],
  'ask-for-production': ['owner'],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof permitted;

/**
 * @param role undefined for a person who is not a member: the organisation and its applications then seem not to exist
 * @param what the requested thing, as the message names it
 * @throws InputError `not-found`, DeveloperError `not-permitted`
 */
export function requireRight(role: Role | undefined, right: Right, what: string): asserts role is Role {
  if (role === undefined) throw new InputError('not-found', `There is no ${what}`);
  if ((permitted[right] as readonly Role[]).includes(role)) return;
  throw new DeveloperError('not-permitted', `Your role in the organisation (${role}) does not permit it`);
}
