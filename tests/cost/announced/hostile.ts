/** Hostile requests for everything that is announced. */
import type { Announced } from './announced.ts';
import type { Hostile } from './generator.ts';
import { ofConditional, ofInteraction, ofPatchFormat } from './interactions.ts';
import { ofOperation } from './operations.ts';
import { ofCompartment, ofInclude, ofParameter, ofResult } from './searches.ts';

/** @throws Error for what no generator is made for */
export function hostileTo(announced: Announced): readonly Hostile[] {
  switch (announced.kind) {
    case 'interaction':
      return ofInteraction(announced);
    case 'conditional':
      return ofConditional(announced);
    case 'parameter':
      return ofParameter(announced);
    case 'result parameter':
      return ofResult(announced);
    case 'include':
    case 'revinclude':
      return ofInclude(announced);
    case 'patch format':
      return ofPatchFormat(announced);
    case 'compartment':
      return ofCompartment(announced);
    case 'operation':
      return ofOperation(announced);
  }
}
