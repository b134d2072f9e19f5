/** Opens the context of a server's process from its assignment; the process reads neither the environment nor a file of settings. */
import {
  createQuota,
  createSharedQuota,
  type Quota,
  type QuotaOptions,
  type SharedQuotaOptions,
} from '@dhp/rate-limit';
import { parseSettings } from '../configuration.ts';
import { limitsOf, type ConnectionLimits } from '../connection-limits.ts';
import type { Context } from '../context.ts';
import { openDataDirectory } from '../data-directory.ts';
import { createLogControl, type LogControl } from '../log/control.ts';
import type { ProcessMetrics } from '../metrics/process-metrics.ts';
import type { Assignment } from '../processes/messages.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import type { Progress } from '../progress.ts';

export interface Assigned extends Context {
  /** The share of this process in the connections of the node: they are spread evenly. */
  readonly connections: ConnectionLimits;
  /** Makes a quota that all processes of the server on this node share. */
  readonly createQuota: (options: QuotaOptions) => Quota;
  /** The log of this process. */
  readonly log: LogControl;
  /** Measures this process; absent if nothing is measured. */
  readonly metrics?: ProcessMetrics;
}

export function assigned(
  { settings: given, data, workers, server }: Assignment,
  {
    progress,
    borrow,
    metrics,
    log = createLogControl(server),
  }: { progress: Progress; borrow: SharedQuotaOptions['borrow']; metrics?: ProcessMetrics; log?: LogControl },
): Assigned {
  const settings = parseSettings(given);
  const limits = limitsOf(settings);
  log.begin({ level: settings.DHP_LOG ?? 'warn', share: settings.DHP_ACCESS_LOG ?? 0 });
  const share = (connections: number): number => Math.ceil(connections / workers);
  return {
    ...(metrics && { metrics }),
    ...{ log, given, settings, progress, create: false, data: openDataDirectory(data) },
    warn: (sentence) => progress.say(operationMessages[spokenLanguage()].warning({ sentence })),
    connections: { ...limits, connections: share(limits.connections), perAddress: share(limits.perAddress) },
    createQuota: (options) =>
      workers === 1 ? createQuota(options) : createSharedQuota(options, { processes: workers, borrow }),
  };
}
