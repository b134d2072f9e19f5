/** Environments whose access policies and emergencies a visitor of the operators' pages may see, and requests to their servers. */
import type { EnvironmentName } from '@dhp/sso-kit';
import { openAccessService, type AccessService } from '../access/access-service.ts';
import { isActFailure } from '../acts/act-failure.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';

/** On behalf of the visitor, for requests that change nothing. */
export function accessServiceOf(controller: OperatorController, { account }: OperatorContext): AccessService {
  const { sql, accessAdministration, clock } = controller;
  return openAccessService(sql, {
    accessAdministration,
    clock,
    actor: `account:${account.accountId}`,
    reason: undefined,
  });
}

export const servedEnvironments = ['production', 'playground'] as const satisfies readonly EnvironmentName[];

/** Undefined if the address names no environment, or one that the visitor may not see, which is audited. */
export function environmentAt(
  { record }: OperatorController,
  { account, environments, ip, part }: OperatorContext,
): EnvironmentName | undefined {
  const named = servedEnvironments.find((one) => one === part('environment'));
  if (named === undefined || environments.includes(named)) return named;
  const reason = `other-environment for access policies or emergencies of the ${named}`;
  record({ event: 'administration.refused', actor: `account:${account.accountId}`, reason }, ip);
  return undefined;
}

/** The visitor's environments, each with its answer; the answer is undefined if the environment does not respond. */
export async function ofEnvironments<Told>(
  { environments }: OperatorContext,
  ask: (environment: EnvironmentName) => Promise<Told>,
): Promise<{ readonly environment: EnvironmentName; readonly told: Told | undefined }[]> {
  const asked = environments.map(async (environment) => {
    try {
      return [{ environment, told: await ask(environment) }];
    } catch (error) {
      if (!isActFailure(error)) throw error;
      return error.kind === 'environment-absent' ? [] : [{ environment, told: undefined }];
    }
  });
  return (await Promise.all(asked)).flat();
}
