import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message, versionList } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import { splitReference } from '../source/implicit-value-sets.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { versionMatches } from '../version/version-match.ts';

/** @throws TerminologyFault when a rule of the request does not allow the version of a code system */
export function checkVersion(settings: Settings, { header }: ConceptSystem): void {
  for (const rule of settings.rules) {
    if (rule.mode !== 'check' || rule.target !== 'system' || rule.url !== header.url) continue;
    if (versionMatches(rule.version, header.version)) continue;
    const id = 'VALUESET_VERSION_CHECK';
    const text = message(id, header.url, header.version, rule.version);
    throw new TerminologyFault('invalid-request', [issue('error', 'exception', { kind: 'version-error', id, text })]);
  }
}

export function unknownImport(reference: string): TerminologyFault {
  const [url, version] = splitReference(reference);
  const id = version === undefined ? 'VS_EXP_IMPORT_UNK' : 'VS_EXP_IMPORT_UNK_PINNED';
  return new TerminologyFault('unknown-definition', [
    issue('error', 'not-found', { kind: 'not-found', id, text: message(id, url, version) }),
  ]);
}

export function unknownSystem(knowledge: Knowledge, url: string, version: string | undefined): TerminologyFault {
  const versions = knowledge.versions(url);
  const id = !version
    ? 'UNKNOWN_CODESYSTEM_EXP'
    : versions.length > 0
      ? 'UNKNOWN_CODESYSTEM_VERSION_EXP'
      : 'UNKNOWN_CODESYSTEM_VERSION_EXP_NONE';
  const text = message(id, url, version, versionList(versions));
  return new TerminologyFault('unknown-definition', [issue('error', 'not-found', { kind: 'not-found', id, text })]);
}
