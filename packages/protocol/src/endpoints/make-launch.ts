/** Creates a launch, registered by the software of a health worker, or by a developer who tries an application. */
import { randomBytes } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import { hashOfLaunch, insertLaunch, type LaunchContext } from '../store/launches.ts';

const launchSeconds = 300;

export interface LaunchFor {
  readonly context: Omit<LaunchContext, 'picked'>;
  /** The application to launch, and its environment. */
  readonly clientId: string;
  readonly environment: EnvironmentName;
  /** The client that registers it. */
  readonly registeredBy: string;
  readonly now: Date;
}

/**
 * Stores the context of a launch. @returns the value of `launch`, which is stored only as a hash, and for how many seconds it can be used,
 * once
 */
export async function makeLaunch(
  sql: Session,
  { context, clientId, environment, registeredBy, now }: LaunchFor,
): Promise<{ launch: string; seconds: number }> {
  const launch = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + launchSeconds * 1000);
  await insertLaunch(sql, {
    ...context,
    ...{ launchHash: hashOfLaunch(launch), clientId, environment, registeredBy, expiresAt },
  });
  return { launch, seconds: launchSeconds };
}

/** Returns the address at which the browser opens the application (SMART App Launch 2.2, EHR launch). @param at its launch address */
export function launchUrl(at: string, parameters: { iss: string; launch: string }): string {
  const url = new URL(at);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
