/** Requests and answers of a launch, step by step (SMART App Launch 2.2). */
import type { Held } from '../explorer/own-token.ts';

export const stepNames = [
  'context',
  'open',
  'discovery',
  'request',
  'sign-in',
  'redirect',
  'exchange',
  'answer',
] as const;
export type StepName = (typeof stepNames)[number];

/** A value that the application must compare, and whether it was right. */
export interface Check {
  readonly name: 'state' | 'iss' | 'signature' | 'nonce' | 'endpoints';
  readonly isGood: boolean;
}

export interface LaunchStep {
  readonly name: StepName;
  /** Lines of the request, and of the answer; no secret and no token is in them. */
  readonly request: readonly string[];
  readonly answer?: readonly string[];
  readonly checks?: readonly Check[];
}

/** Why a launch ended before there was a token. */
export type Failure =
  | { readonly because: 'refused'; readonly reason: string; readonly message: string }
  | { readonly because: 'away' }
  | { readonly because: 'stopped'; readonly heading: string }
  | { readonly because: 'error'; readonly error: string }
  | { readonly because: 'check'; readonly name: Check['name'] }
  | { readonly because: 'keys' };

export interface Outcome {
  readonly steps: readonly LaunchStep[];
  readonly failure?: Failure;
  /** The token, if there is one. */
  readonly held?: Held | undefined;
}

/** Replaces secret values. */
export const hidden = '•••';

/** Lines of a request with one parameter in each, before encoding. */
export function requestLines(
  first: string,
  parameters: Readonly<Record<string, string>>,
  kind: 'query' | 'form',
): string[] {
  const [begin, between] = kind === 'query' ? ['?', '&'] : ['', '&'];
  const lines = Object.entries(parameters).map(
    ([name, value], index) => `  ${index === 0 ? begin : between}${name}=${value}`,
  );
  return kind === 'query'
    ? [first, ...lines]
    : [first, 'Content-Type: application/x-www-form-urlencoded', '', ...lines];
}

/** Members of a JSON answer, a line each, with secret ones hidden. */
export function jsonLines(value: Readonly<Record<string, unknown>>): string[] {
  const members = Object.entries(value).map(
    ([name, one]) => `  ${JSON.stringify(name)}: ${secret.has(name) ? `"${hidden}"` : inLine(one)}`,
  );
  return ['{', ...members.map((member, index) => (index < members.length - 1 ? `${member},` : member)), '}'];
}

/** JSON without line breaks, with spaces for readability. */
const inLine = (value: unknown): string => JSON.stringify(value, undefined, 1).replaceAll(/\n */g, ' ');

const secret: ReadonlySet<string> = new Set(['access_token', 'refresh_token', 'id_token', 'client_secret']);
