/** Settings that work and yet weaken the installation: the start continues and prints one sentence for each. */
import type { SettingValues } from '../settings.ts';

/**
 * Warnings for the operator, in the order in which they should be read; empty when there is nothing to say.
 */
export function settingWarnings(settings: SettingValues): string[] {
  return [...proxyWarnings(settings)];
}

/** With `on` the first address of X-Forwarded-For counts, and any caller can write it unless the proxy replaces the header. */
function proxyWarnings({ DHP_TRUST_PROXY, DHP_PRODUCTION }: SettingValues): string[] {
  if (DHP_TRUST_PROXY !== true) return [];
  const effect =
    'DHP_TRUST_PROXY=on believes the first address in X-Forwarded-For. Unless the proxy replaces that header, every caller chooses its own address and passes all limits by address.';
  const cure = 'Set the number of proxies instead (DHP_TRUST_PROXY=1), or their addresses.';
  return [
    DHP_PRODUCTION === true ? `${effect} Production is served, so change this now. ${cure}` : `${effect} ${cure}`,
  ];
}
