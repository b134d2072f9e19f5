/** Environments whose access policies and emergencies a visitor of the operators' pages may see, and what is asked of their servers. */
import type { EnvironmentName } from '@dhp/sso-kit';
import { openAccessService, type AccessService } from '../access/access-service.ts';
import { isActFailure } from '../acts/act-failure.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';

/** In the name of the visitor; for what changes nothing. */
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

/** Undefined for an address that names none, or one that is not the visitor's, which leaves a record. */
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

/** Environments of the visitor that are served, each with what is asked of it; undefined of one that does not answer. */
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
