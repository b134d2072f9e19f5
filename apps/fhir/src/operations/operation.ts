/** The words of an operation. https://hl7.org/fhir/R5/operations.html */
import type { Parameters } from '@dhp/fhir-model';
import type { Permission } from '../contract/permission.ts';
import type { Level } from '../contract/route.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';

export interface OperationParameter {
  readonly name: string;
  readonly use: 'in' | 'out';
  readonly min: 0 | 1;
  readonly max: '1' | '*';
  /** Absent if it has parts. */
  readonly type?: PrimitiveType | ComplexType | ResourceType;
  /** Levels at which it is allowed; absent: wherever the operation is invoked. */
  readonly scope?: readonly Level[];
  readonly part?: readonly Omit<OperationParameter, 'use'>[];
  /** Further primitive types that clients of other versions of the guide send. */
  readonly also?: readonly PrimitiveType[];
  readonly documentation: string;
}

export type PrimitiveType =
  | 'boolean'
  | 'canonical'
  | 'code'
  | 'date'
  | 'dateTime'
  | 'decimal'
  | 'id'
  | 'instant'
  | 'integer'
  | 'integer64'
  | 'positiveInt'
  | 'string'
  | 'uri'
  | 'url';
export type ComplexType =
  'CodeableConcept' | 'Coding' | 'Element' | 'Identifier' | 'Meta' | 'Period' | 'Reference' | 'UsageContext';
/** `Resource`: of any type. */
type ResourceType =
  | 'Binary'
  | 'Bundle'
  | 'CodeSystem'
  | 'ConceptMap'
  | 'Observation'
  | 'OperationOutcome'
  | 'Parameters'
  | 'Resource'
  | 'ValueSet';

/** The values of the input parameters by name, in the given order: simple ones as text, others as JSON values. */
export type Input = ReadonlyMap<string, readonly unknown[]>;

interface OperationBase {
  /** Id of the HL7 OperationDefinition on which it is based; the server's own is at `OperationDefinition/dhp-<id>`. */
  readonly id: string;
  /** Name of the operation after the dollar sign. */
  readonly code: string;
  /** HL7 has no such operation: it is one of this server. */
  readonly isOwn?: boolean;
  /** The canonical of the definition on which it is based, if that is not part of the core specification. */
  readonly base?: string;
  /** Clients look for it by that canonical, which the CapabilityStatement names. */
  readonly isOfGuide?: boolean;
  readonly title: string;
  readonly description: string;
  /** An operation that changes something is only invoked by POST. */
  readonly affectsState: boolean;
  /** Whether a POST can request storing its result. */
  readonly mayStore?: boolean;
  readonly levels: readonly Level[];
  /** The types it is defined on; `Resource`: all. */
  readonly types: readonly string[] | 'Resource';
  /**
   * Permission that a token needs on the type of the addressed resource. `types`: the operation itself checks each type in its answer, as
   * it does at the address of a type or of the system. `public`: GET needs no token, and POST accepts any. `own`: it checks a special right
   * itself.
   */
  readonly permission: Permission | 'types' | 'public' | 'own';
  /** At the address of a type it reads no stored resources, so any permission on the type is sufficient. */
  readonly isBlind?: boolean;
  /** At the address of a type it checks the permission itself, depending on the request. */
  readonly asksAtType?: boolean;
  readonly parameters: readonly OperationParameter[];
  /** Whether its answer has pages, connected by links. */
  readonly isPaged?: boolean;
  /** The body may be the resource itself instead of Parameters; the other parameters are then in the query. */
  readonly takesResource?: boolean;
  /** Further paths at which it is invoked on the system, each in front of its name. */
  readonly also?: readonly string[];
  /** Its input does not fit into an address: it only accepts POST, and parameters from the query beside the body. */
  readonly isPosted?: boolean;
  /** By POST it accepts parameters from the query beside the body. */
  readonly takesQuery?: boolean;
  /** By GET it accepts search parameters of the type beside its own, and parses all of them itself. */
  readonly takesSearch?: boolean;
  /** It parses its body itself, which may be something other than Parameters. */
  readonly readsBody?: boolean;
  /** It is always answered asynchronously, whatever is preferred, and creates a job itself. */
  readonly isAsync?: boolean;
  /** Its answer is not a resource: it chooses the format itself, and entries of a Bundle cannot invoke it. */
  readonly answersFiles?: boolean;
  /** It offers NDJSON in the place of a Bundle, by Accept, `_outputFormat` or `_format`. */
  readonly offersLines?: boolean;
  /** It may wait for events, and offers server-sent events (`Accept: text/event-stream`). */
  readonly isLive?: boolean;
  /** Query parameters that it ignores: `all` unknown ones, or these names. Others are refused. */
  readonly ignores?: 'all' | readonly string[];
  /** Conditional headers that it supports, like those of a route. */
  readonly conditions?: readonly 'if-match'[];
}

/** Either takes its input by name, or takes the Parameters unchanged. */
export type Operation = OperationBase &
  (
    | { readonly run: (services: Services, call: Call, input: Input) => Promise<Answer> }
    | { readonly answer: (services: Services, call: Call, parameters: Parameters) => Promise<Answer> }
  );

/** Whether the operation is defined on a type. */
export function isOn({ types }: Operation, type: string): boolean {
  return types === 'Resource' || types.includes(type);
}
