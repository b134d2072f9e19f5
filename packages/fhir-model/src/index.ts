export { JsonSyntaxError, type JsonErrorKind } from './json/syntax-error.ts';
export { scanJson, type JsonSource, type MemberSpan } from './json/scan.ts';
export { stampResource, type ResourceStamp } from './json/stamp.ts';
export { isResourceType, resourceTypes, typeName, typeNumber, type ResourceType } from './resource-types.ts';
