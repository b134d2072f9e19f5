export { applyJsonPatch } from './json-patch/json-patch.ts';
export { applyFhirPathPatch } from './fhirpath-patch/fhirpath-patch.ts';
export { PatchFault, type PatchFaultKind } from './fault.ts';
export { defaultLimits, type PatchLimits } from './limits.ts';
