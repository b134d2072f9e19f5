import type {
  Coding,
  ConceptMap,
  ConceptMapGroupElementTargetDependsOn,
  ConceptMapGroupElementTargetProperty,
  Parameters,
} from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import { codeableConcept, coding, text, valueOf } from '../parameters/values.ts';

/** A request to translate codings. */
export interface Question {
  readonly codings: readonly Coding[];
  /** From the target to the source. */
  readonly reverse: boolean;
  /** The system of the codes that are wanted; undefined if any will do. */
  readonly wantedSystem: string | undefined;
  /** The request names `sourceSystem`: matches in reverse have the target as their concept, and the source beside it. */
  readonly namesSource: boolean;
  readonly sourceScope: string | undefined;
  readonly targetScope: string | undefined;
  readonly dependsOn: ReadonlyMap<string, string>;
}

/** One match of a translation. */
export interface Translation {
  readonly relationship: string;
  readonly concept?: Coding;
  /** In reverse, the target that was requested, as the map has it. */
  readonly asked?: Coding;
  readonly map: ConceptMap;
  readonly property?: readonly ConceptMapGroupElementTargetProperty[];
  readonly dependsOn?: readonly ConceptMapGroupElementTargetDependsOn[];
  readonly product?: readonly ConceptMapGroupElementTargetDependsOn[];
}

/** @throws TerminologyFault when there is no code */
export function readQuestion(parameters: Parameters): Question {
  const read = (side: 'source' | 'target'): Coding[] | undefined => {
    const concept = codeableConcept(parameters, `${side}CodeableConcept`)?.coding;
    const one = coding(parameters, `${side}Coding`);
    const code = text(parameters, `${side}Code`);
    // Each side has its own system; older clients give that of the code as `system`. `sourceSystem` is the name that R6 and the reference
    // server use for the system of a source code.
    const own = text(parameters, side === 'target' ? 'targetSystem' : 'sourceSystem');
    const system = own ?? text(parameters, 'system');
    const version = text(parameters, 'version');
    const plain =
      code === undefined
        ? undefined
        : { code, ...(system !== undefined && { system }), ...(version !== undefined && { version }) };
    return concept ?? (one && [one]) ?? (plain && [plain]);
  };
  const source = read('source');
  const codings = source ?? read('target');
  if (codings === undefined) {
    const sentence = message('NO_CODE_TO_TRANSLATE');
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
  }
  return {
    codings,
    reverse: source === undefined,
    wantedSystem: text(parameters, source === undefined ? 'sourceSystem' : 'targetSystem'),
    namesSource: text(parameters, 'sourceSystem') !== undefined,
    sourceScope: text(parameters, 'sourceScope'),
    targetScope: text(parameters, 'targetScope'),
    dependsOn: new Map(
      (parameters.parameter ?? []).flatMap(({ name, part = [] }): [string, string][] => {
        const attribute = part.find((one) => one.name === 'attribute');
        const value = part.find((one) => one.name === 'value');
        if (name !== 'dependency' || attribute === undefined || value === undefined) return [];
        const uri = attribute.valueUri ?? attribute.valueCode ?? attribute.valueString ?? '';
        return [[uri, JSON.stringify(valueOf(value))]];
      }),
    ),
  };
}
