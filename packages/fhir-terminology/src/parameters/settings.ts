import type { Extension, Parameters, ParametersParameter, ValueSet } from '@dhp/fhir-model';
import { parseLanguages, type Languages } from '@dhp/negotiation';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import { versionRule, type VersionRule } from '../version/version-rules.ts';
import { readAsOf } from './as-of.ts';
import { valueOf } from './values.ts';

const booleans = [
  'abstract',
  'activeOnly',
  'excludeNested',
  'excludeNotForUI',
  'excludePostCoordinated',
  'includeDefinition',
  'includeDesignations',
  'inferSystem',
  'lenient-display-validation',
  'valueset-membership-only',
  'versionsMatch',
] as const;

const rules: ReadonlyMap<string, readonly [VersionRule['mode'], VersionRule['target']]> = new Map(
  Object.entries<readonly [VersionRule['mode'], VersionRule['target']]>({
    'system-version': ['default', 'system'],
    'check-system-version': ['check', 'system'],
    'force-system-version': ['force', 'system'],
    'default-valueset-version': ['default', 'valueset'],
    'check-valueset-version': ['check', 'valueset'],
    'force-valueset-version': ['force', 'valueset'],
  }),
);

type Flag = (typeof booleans)[number];

/**
 * Settings of a request. A value set may state some of them for itself (the extension valueset-expansion-parameter on its compose); the
 * request overrides them.
 */
export class Settings {
  readonly flags: Partial<Record<Flag, boolean>> = {};
  readonly rules: VersionRule[] = [];
  readonly properties: string[] = [];
  readonly designations: string[] = [];
  readonly supplements: string[] = [];
  readonly excludedSystems: string[] = [];
  displayLanguage: Languages | undefined;
  acceptLanguage: Languages | undefined;
  filter: string | undefined;
  /** The time at which answers are to be true; later changes count as unknown. */
  asOf: Date | undefined;
  count: number | undefined;
  offset: number | undefined;

  static read(parameters: Parameters, acceptLanguage?: string): Settings {
    const settings = new Settings();
    if (acceptLanguage !== undefined && acceptLanguage !== '*')
      settings.acceptLanguage = parseLanguages(acceptLanguage);
    for (const parameter of parameters.parameter ?? []) settings.see(parameter.name, parameter, true);
    return settings;
  }

  /** A copy that a value set may add to without changing this one. */
  clone(): Settings {
    const copy = Object.assign(new Settings(), this);
    return Object.assign(copy, {
      flags: { ...this.flags },
      rules: [...this.rules],
      properties: [...this.properties],
      designations: [...this.designations],
      supplements: [...this.supplements],
      excludedSystems: [...this.excludedSystems],
    });
  }

  /** The languages of names: `displayLanguage`, else those of the request or of the value set. */
  get languages(): Languages | undefined {
    return this.displayLanguage ?? this.acceptLanguage;
  }

  is(flag: Flag): boolean {
    return this.flags[flag] === true;
  }

  /** Reads the parameters of the expansion that the value set itself states. */
  seeValueSet(valueSet: ValueSet): void {
    for (const { url, extension } of valueSet.compose?.extension ?? []) {
      if (!/\/StructureDefinition\/valueset-expansion-parameter$/.test(url)) continue;
      const name = extension?.find((part) => part.url === 'name');
      const value = extension?.find((part) => part.url === 'value');
      const text = name === undefined ? undefined : valueOf(name);
      if (typeof text === 'string' && value !== undefined) this.see(text, value, false);
    }
    if (valueSet.language !== undefined) this.acceptLanguage ??= parseLanguages(valueSet.language);
  }

  see(name: string, source: ParametersParameter | Extension, overwrite: boolean): void {
    const value = valueOf(source);
    if (value === undefined || typeof value === 'object') return;
    const text = String(value);
    const rule = rules.get(name);
    if (rule !== undefined) {
      requireRoom(this.rules, name);
      this.rules.push(versionRule(rule[0], rule[1], text));
    } else if ((booleans as readonly string[]).includes(name)) {
      if (overwrite || this.flags[name as Flag] === undefined) this.flags[name as Flag] = text === 'true';
    } else if (name === 'displayLanguage') this.#seeDisplayLanguage(text, overwrite);
    else if (name === 'filter' && overwrite) this.filter = text;
    else if (name === 'date' && overwrite) this.asOf = readAsOf(text);
    else if (name === 'count' || name === 'offset') this.#seeNumber(name, text, overwrite);
    else this.#seeList(name, text);
  }

  #seeDisplayLanguage(text: string, overwrite: boolean): void {
    if (!overwrite && this.displayLanguage !== undefined) return;
    this.displayLanguage = parseLanguages(text);
    if (this.displayLanguage !== undefined) return;
    const [id, kind] = ['INVALID_DISPLAY_NAME', 'invalid-display'] as const;
    throw new TerminologyFault('invalid-request', [
      issue('error', 'processing', { kind, id, text: message(id, text) }),
    ]);
  }

  #seeNumber(name: 'count' | 'offset', text: string, overwrite: boolean): void {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 0) {
      const sentence = message('NUMBER_WRONG', name, text);
      throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
    }
    if (overwrite || this[name] === undefined) this[name] = number;
  }

  #seeList(name: string, text: string): void {
    const list = {
      property: this.properties,
      designation: this.designations,
      useSupplement: this.supplements,
      'exclude-system': this.excludedSystems,
    }[name];
    if (list === undefined || list.includes(text)) return;
    requireRoom(list, name);
    list.push(text);
  }
}

/** Each value of a list is compared with each concept, name or system that the request is about. */
const mostValues = 500;

/** @throws TerminologyFault for a list that is full */
function requireRoom(list: readonly unknown[], name: string): void {
  if (list.length < mostValues) return;
  const text = message('TOO_MANY_VALUES', name, String(mostValues));
  throw new TerminologyFault('too-costly', [issue('error', 'too-costly', { text })]);
}
