import type { Extension, ValueSetExpansionParameter } from '@dhp/fhir-model';

type Value = Omit<ValueSetExpansionParameter, 'name'>;

/** Collects the parameters of an expansion that describe how it was made (ValueSet.expansion.parameter), each once. */
export class Notes {
  readonly parameters: ValueSetExpansionParameter[] = [];
  readonly extensions: Extension[] = [];
  /** All codes of a grammar are members, so their number is unknown. */
  isEndless = false;
  readonly #seen = new Set<string>();

  add(name: string, value: Value): void {
    const key = JSON.stringify([name, value]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.parameters.push({ name, ...value });
  }

  addAll(others: Notes): void {
    for (const { name, ...value } of others.parameters) this.add(name, value);
    for (const extension of others.extensions) this.extensions.push(extension);
    this.isEndless ||= others.isEndless;
  }

  /** There are codes of the value set that the expansion does not have. */
  unclosed(reason: string): void {
    if (this.extensions.length > 0) return;
    const base = 'http://hl7.org/fhir/StructureDefinition/valueset-unclosed';
    this.extensions.push({ url: base, valueBoolean: true }, { url: `${base}-reason`, valueString: reason });
  }
}
