import type { ValueSet } from '@dhp/fhir-model';
import { message, type MessageId } from '../outcome/messages.ts';
import { standardsStatusOf } from '../concepts/concept-properties.ts';
import { canonical, type SystemHeader } from '../concepts/concept-system.ts';
import type { Trial } from './trial.ts';

/** Status of a code system or value set. */
interface Standing {
  readonly type: 'CodeSystem' | 'ValueSet';
  readonly canonical: string;
  readonly status?: string;
  readonly standardsStatus?: string;
  readonly experimental?: boolean;
}

export function standingOfSystem({ url, version, status, standardsStatus, experimental }: SystemHeader): Standing {
  return {
    type: 'CodeSystem',
    canonical: canonical(url, version),
    ...(status !== undefined && { status }),
    ...(standardsStatus !== undefined && { standardsStatus }),
    ...(experimental !== undefined && { experimental }),
  };
}

export function standingOfValueSet({ url = '', version, status, extension, experimental }: ValueSet): Standing {
  const standardsStatus = standardsStatusOf(extension ?? []);
  return {
    type: 'ValueSet',
    canonical: canonical(url, version),
    status,
    ...(standardsStatus !== undefined && { standardsStatus }),
    ...(experimental !== undefined && { experimental }),
  };
}

export type Warning = 'deprecated' | 'withdrawn' | 'retired' | 'experimental' | 'draft';

/** Returns a warning about something that references should not rely on; undefined when both sides have the same status. */
export function warningOf(standing: Standing, referrer: Standing): Warning | undefined {
  const { status, standardsStatus, experimental } = standing;
  if (standardsStatus === 'deprecated' || standardsStatus === 'withdrawn') return standardsStatus;
  if (status === 'retired') return 'retired';
  if (experimental === true) return referrer.experimental === true ? undefined : 'experimental';
  if (status !== 'draft' && standardsStatus !== 'draft') return undefined;
  return referrer.status === 'draft' || referrer.standardsStatus === 'draft' ? undefined : 'draft';
}

const warningIds = {
  deprecated: 'MSG_DEPRECATED',
  withdrawn: 'MSG_WITHDRAWN',
  retired: 'MSG_RETIRED',
  experimental: 'MSG_EXPERIMENTAL',
  draft: 'MSG_DRAFT',
} as const satisfies Record<Warning, MessageId>;

/** Notes that a value set or code system in use is deprecated, withdrawn, retired, experimental or a draft. */
export function noteStanding(trial: Trial, standing: Standing, referrer: Standing): void {
  const warning = warningOf(standing, referrer);
  if (warning === undefined) return;
  const { canonical: name, type } = standing;
  const id = warningIds[warning];
  trial.report('information', 'business-rule', { kind: 'status-check', id, text: message(id, name, type) });
}
