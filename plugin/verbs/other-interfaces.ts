/** The other interfaces of a pod, according to the document. Pure. */
import { podRoutes } from '../../reconciler/model/modes/parts/pod.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { EndpointKey } from '../../reconciler/model/names.ts';

/**
 * Returns true if another endpoint gives the pod a default route. Two interfaces of one pod may be attached
 * concurrently: the observation of the pod precedes the transaction and may be outdated.
 */
export function hasOtherDefault(
  { endpoints = {} }: VnetDocument,
  { key: { containerId }, netns }: { readonly key: EndpointKey; readonly netns: string },
  own: string,
): boolean {
  return Object.keys(endpoints).some((id) => {
    const other = id !== own && id.includes(`/${containerId}/`) ? endpoints[id] : undefined;
    if (other?.netns !== netns || other.leaving !== undefined || other.hostVeth === undefined) return false;
    return podRoutes(other).some(({ to }) => to === 'default');
  });
}
