import { scanJson } from '@dhp/fhir-model';
import type { ResourceStore } from '@dhp/fhir-store';
import type { Partly } from '../contract/partly.ts';
import { partlyHidden } from '../http/access.ts';
import type { ElementLimits } from './element-limits.ts';
import { isHidden, withoutHidden } from './hidden-text.ts';
import { withHiddenKept } from './kept-elements.ts';

/** Returns undefined if nothing is hidden. @param store all stored resources, without access rules */
export function partlyFor(store: Pick<ResourceStore, 'vread'>, limits: ElementLimits | undefined): Partly | undefined {
  if (limits === undefined || limits.hiddenOfAny.size === 0) return undefined;
  return {
    // The type decides, so that a part can be recognised from the shown resource alone.
    isPart: ({ content }) => withoutHidden(content.toString(), limits) !== undefined,
    hidesPlace: (type, expression) => {
      const steps = expression.split('.').map((step) => step.replace(/\[.*/s, ''));
      if (isHidden(type, steps[1] ?? '', limits) || limits.hidden(type).has(steps[1] ?? '')) return true;
      return steps[1] === 'contained' && limits.hiddenOfAny.has(steps[2] ?? '');
    },
    hidesIn: (type) => limits.hidden(type).size > 0,
    async completed(received, { type, id, versionId }) {
      const whole = await store.vread(type, id, versionId);
      if (whole?.deleted !== false) throw new Error('a version that was shown is there');
      const stored = whole.content.toString();
      if (withoutHidden(stored, limits) === undefined) return received;
      if (type === 'Bundle' || type === 'Parameters') throw partlyHidden(type, id);
      const text = withHiddenKept(received.source.text, stored, limits);
      const resource = JSON.parse(text) as Record<string, unknown>;
      return { source: scanJson(text), resource, completes: versionId, shown: received };
    },
  };
}
