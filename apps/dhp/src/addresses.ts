/** The ports of this node and the public URLs that follow from them. */
import { limitsOf } from './connection-limits.ts';
import { openFront, type Front } from './front.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Role } from './settings/roles.ts';
import type { SettingValues } from './settings.ts';

export interface Urls {
  readonly sso: string;
  readonly playground: string;
  readonly portal: string;
  readonly production?: string;
}

/** Addresses of the servers, by which they reach each other. */
export interface Addresses {
  readonly urls: Urls;
  /** Address at which this node reaches the SSO. */
  readonly ssoInternal: string;
  /** The ports of the servers of this node that others ask directly. */
  readonly local: { readonly playground?: number; readonly production?: number };
}

export interface Listening {
  readonly addresses: Addresses;
  /** `web` is the port that the playground and the portal share. */
  readonly fronts: { readonly sso?: Front; readonly web?: Front; readonly production?: Front };
  /** The port of each front, and those of earlier starts, for the next start to reuse. */
  readonly ports: Readonly<Record<string, number>>;
}

/**
 * Opens the ports that the roles need and determines every public URL. Ports of an earlier start are reused if they are free.
 *
 * @param report is called with messages for the operator while they work
 * @throws ConfigurationError if a configured port is taken; ports opened before are closed again
 */
export async function openAddresses(
  settings: SettingValues,
  data: DataDirectory,
  roles: readonly Role[],
  report?: (sentence: string) => void,
): Promise<Listening> {
  const limits = limitsOf(settings);
  const host = settings.DHP_HOST ?? '127.0.0.1';
  const recorded = data.ports();
  const opened: Front[] = [];
  const open = async (
    name: string,
    setting: 'DHP_SSO_PORT' | 'DHP_PORT' | 'DHP_PRODUCTION_PORT',
    fallback: number,
  ): Promise<Front> => {
    const front = await openFront({
      host,
      setting,
      explicit: settings[setting],
      recorded: recorded[name],
      fallback,
      limits,
      ...(report && { report }),
    });
    opened.push(front);
    return front;
  };
  try {
    const fhir = roles.includes('fhir');
    const sso = roles.includes('sso') ? await open('sso', 'DHP_SSO_PORT', 9000) : undefined;
    const web = fhir || roles.includes('portal') ? await open('web', 'DHP_PORT', 8080) : undefined;
    const production =
      fhir && settings.DHP_PRODUCTION ? await open('production', 'DHP_PRODUCTION_PORT', 8090) : undefined;
    const ports = {
      ...recorded,
      ...(sso && { sso: sso.port }),
      ...(web && { web: web.port }),
      ...(production && { production: production.port }),
    };
    const urls = publicUrls(settings, ports);
    const here = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return {
      addresses: {
        urls,
        ssoInternal: settings.DHP_SSO_INTERNAL_URL ?? (sso ? `http://${here}:${sso.port}` : urls.sso),
        local: { ...(fhir && web && { playground: web.port }), ...(production && { production: production.port }) },
      },
      fronts: { ...(sso && { sso }), ...(web && { web }), ...(production && { production }) },
      ports,
    };
  } catch (error) {
    await Promise.all(opened.map((front) => front.close()));
    throw error;
  }
}

/**
 * Public base URLs of the servers, from the settings and the chosen ports; for commands, which do not listen.
 * @param ports by listener, as the data directory remembers them
 */
export function publicUrls(settings: SettingValues, ports: Readonly<Record<string, number>>): Urls {
  const origin = (port: number): string => `http://localhost:${port}`;
  return {
    sso: settings.DHP_SSO_URL ?? origin(ports['sso'] ?? 9000),
    portal: settings.DHP_PORTAL_URL ?? origin(ports['web'] ?? 8080),
    playground: settings.DHP_PLAYGROUND_URL ?? `${origin(ports['web'] ?? 8080)}/fhir`,
    ...(settings.DHP_PRODUCTION && { production: settings.DHP_PRODUCTION_URL ?? origin(ports['production'] ?? 8090) }),
  };
}
