/** Whether an edit may change the mode of a network. Pure. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { modeOf } from '../../model/modes/registry.ts';
import { parseEndpointId, podNameOf } from '../../model/names.ts';
import { networkOf } from '../../model/networks.ts';
import type { Issue } from '../../model/result.ts';
import { issueOfFile } from '../text/utf8.ts';

/** Number of pods named in a message. */
const FEW = 3;

/**
 * Returns an issue for each network that gets another mode while pods are attached to it, or while its bridge holds its uplink:
 * its pods would be cut off, and the node with them. After their end, and the release of the uplink, the mode may change.
 * A mode that attaches no pods is no mode for them to have: its steps have the disruption.
 */
export function modeChangeIssues(before: VnetDocument, after: VnetDocument, file: string): readonly Issue[] {
  return Object.entries(after.networks).flatMap(([name, network]) => {
    const former = networkOf(before, name);
    const isAttaching = coreOf(network).attach !== undefined;
    if (former === undefined || former.mode === network.mode || !isAttaching) return [];
    const what = `network ${name} would change from mode ${former.mode} to ${network.mode}`;
    const issue = (why: string, hint: string): readonly Issue[] => [
      { ...issueOfFile(file, 'mode-change', `${what} ${why}: ${hint}`, hint), path: `networks.${name}.mode` },
    ];
    const pods = attachedTo(after, name);
    if (pods.length > 0) {
      const more = pods.length > FEW ? ` and ${pods.length - FEW} more` : '';
      const shown = `${pods.slice(0, FEW).join(', ')}${more}`;
      const hint = 'drain the node (kubectl drain, or crictl stopp), then change the mode';
      return issue(`with ${pods.length === 1 ? 'a pod' : `${pods.length} pods`} attached: ${shown}`, hint);
    }
    return isHeld(former) ? issue('while its bridge holds the uplink', `run vnet release ${name} first`) : [];
  });
}

function attachedTo(document: VnetDocument, name: string): readonly string[] {
  return Object.entries(document.endpoints ?? {}).flatMap(([id, endpoint]) => {
    const isOf = parseEndpointId(id).network === name && endpoint.hostVeth !== undefined;
    return isOf ? [podNameOf(id, endpoint)] : [];
  });
}

/** An uplink stays in its bridge until it is released. */
function isHeld(former: Network): boolean {
  const { uplink } = coreOf(former).links(former);
  return modeOf(former).takeover !== undefined && uplink?.released !== true;
}
