/** The identifier by which a stored Subscription refers to its request. The server sets it and drops the one that a client sends. */

type Json = Readonly<Record<string, unknown>>;

export const requestSystem = 'urn:dhp:subscription-request';

/** Replaces a value that is not shown. */
export const withheld = '(withheld)';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export function requestIn({ identifier }: Json): string | undefined {
  const value = listOf(identifier).find(isOwn)?.['value'];
  return typeof value === 'string' && uuid.test(value) ? value : undefined;
}

/** The identifiers with that of a request in the place of any other one. @param request undefined: without */
export function identifiersWith({ identifier }: Json, request: string | undefined): readonly unknown[] {
  const others = (Array.isArray(identifier) ? (identifier as unknown[]) : []).filter((one) => !isOwn(one));
  return request === undefined ? others : [...others, { system: requestSystem, value: request }];
}

function isOwn(one: unknown): boolean {
  return isObject(one) && one['system'] === requestSystem;
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
