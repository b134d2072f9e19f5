export { JsonSyntaxError, type JsonErrorKind } from './json/syntax-error.ts';
export { decodeJson, decodeJsonInParts } from './json/decode.ts';
export { scanJson, scanJsonInParts, type JsonSource, type MemberSpan } from './json/scan.ts';
export {
  isFormerResourceType,
  isResourceType,
  resourceTypes,
  typeName,
  typeNumber,
  type ResourceType,
} from './resource-types.ts';
export {
  elementsOf,
  isSubtype,
  memberOf,
  typeOf,
  type BindingModel,
  type ElementModel,
  type MemberModel,
  type TypeModel,
} from './model/model.ts';
export { isId, uuidv7 } from './identifiers.ts';
// Every R5 resource, data type and backbone element as TypeScript; erased at run time.
export type * from '../generated/types.ts';
