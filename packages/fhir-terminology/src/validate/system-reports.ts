import { message, versionList } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { versionMatches } from '../version/version-match.ts';
import { below } from './coded.ts';
import type { Trial } from './trial.ts';

/** Reports, once, that a code system or this version of it is not known. */
export function reportUnknown(
  knowledge: Knowledge,
  url: string,
  version: string | undefined,
  path: string,
  trial: Trial,
): void {
  const versions = knowledge.versions(url);
  const known = version !== undefined && version !== '' && versions.length > 0;
  const name = known ? canonical(url, version) : url;
  const id = !version ? 'UNKNOWN_CODESYSTEM' : known ? 'UNKNOWN_CODESYSTEM_VERSION' : 'UNKNOWN_CODESYSTEM_VERSION_NONE';
  trial.unknownSystems.add(name);
  const text = message(id, url, version, versionList(versions));
  trial.report('error', 'not-found', { kind: 'not-found', id, text, expression: below(path, 'system') });
}

/** Reports that a rule of the request does not allow the version of a code system. */
export function reportForbidden(settings: Settings, system: ConceptSystem, path: string, trial: Trial): void {
  const { url, version } = system.header;
  for (const rule of settings.rules) {
    if (rule.mode !== 'check' || rule.target !== 'system' || rule.url !== url) continue;
    if (versionMatches(rule.version, version)) continue;
    const id = 'VALUESET_VERSION_CHECK';
    const text = message(id, url, version, rule.version);
    trial.report('error', 'exception', { kind: 'version-error', id, text, expression: below(path, 'version') });
  }
}
