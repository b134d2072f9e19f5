/**
 * Encoding of the element table in `generated/model.json`: a type lists only the elements that its base does not already have in the same
 * form, and defaults are left out, so that the file stays small and quick to parse.
 */
export interface EncodedElement {
  name: string;
  /** Default 0. */
  min?: number;
  /** Default 1; -1 is unbounded. */
  max?: number;
  types: string[];
  choice?: true;
  targets?: string[];
  canonicalTargets?: string[];
  profiles?: string[];
  modifier?: true;
  summary?: true;
  binding?: { strength: 'required' | 'extensible' | 'preferred' | 'example'; valueSet?: string; maximum?: string };
  xml?: 'attribute' | 'xhtml';
}

export interface EncodedType {
  kind: 'primitive' | 'complex' | 'backbone' | 'resource';
  abstract?: true;
  /** The type this one specialises; undefined for `Base`. */
  base?: string;
  elements: EncodedElement[];
}

/** One way from a resource into the Patient compartment: a search parameter and the JSON members that lead to its reference. */
export interface EncodedCompartmentPath {
  param: string;
  path: string[];
}

export interface EncodedModel {
  /** `5.0.0` */
  fhirVersion: string;
  types: Record<string, EncodedType>;
  patientCompartment: Record<string, EncodedCompartmentPath[]>;
  /** Compartment parameters (`Type.param`) without a path of references; `{def}` is the Patient itself. */
  patientCompartmentWithoutPath: string[];
}
