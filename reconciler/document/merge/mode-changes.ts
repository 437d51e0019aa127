/** Whether an edit may change the mode of a network. Pure. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { canMoveTo } from '../../model/modes/mode-change.ts';
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
 * a saved text has no limit of disruption. `vnet apply` (`movesPods`) has one, and moves the pods; not those whose addresses
 * are of no pool of the network. A mode that attaches no pods is no mode for them to have: its steps have the disruption.
 */
export function modeChangeIssues(
  before: VnetDocument,
  after: VnetDocument,
  { file, movesPods }: { readonly file: string; readonly movesPods: boolean },
): readonly Issue[] {
  return Object.entries(after.networks).flatMap(([name, network]) => {
    const former = networkOf(before, name);
    const isAttaching = coreOf(network).attach !== undefined;
    if (former === undefined || former.mode === network.mode || !isAttaching) return [];
    const what = `network ${name} would change from mode ${former.mode} to ${network.mode}`;
    const issue = (why: string, hint: string): readonly Issue[] => [
      { ...issueOfFile(file, 'mode-change', `${what} ${why}: ${hint}`, hint), path: `networks.${name}.mode` },
    ];
    const stuck = attachedTo(after, name, network, movesPods);
    if (stuck.length > 0) {
      const more = stuck.length > FEW ? ` and ${stuck.length - FEW} more` : '';
      const shown = `${stuck.slice(0, FEW).join(', ')}${more}`;
      const pods = stuck.length === 1 ? 'a pod' : `${stuck.length} pods`;
      return movesPods
        ? issue(`with ${pods} whose addresses are of no pool of it: ${shown}`, DRAIN)
        : issue(
            `with ${pods} attached: ${shown}`,
            `use vnet apply -f FILE --max-disruption flow-reset; or ${DRAIN}`,
          );
    }
    if (movesPods || !isHeld(former)) return [];
    return issue(
      'while its bridge holds the uplink',
      `use vnet apply -f FILE; or run vnet release ${name} first`,
    );
  });
}

const DRAIN = 'drain the node (kubectl drain, or crictl stopp), then change the mode';

/** Returns the attached pods; where the mode may change under pods, those that cannot keep their addresses. */
function attachedTo(
  document: VnetDocument,
  name: string,
  network: Network,
  movesPods: boolean,
): readonly string[] {
  return Object.entries(document.endpoints ?? {}).flatMap(([id, endpoint]) => {
    const isOf = parseEndpointId(id).network === name && endpoint.hostVeth !== undefined;
    const isStuck = isOf && !(movesPods && canMoveTo(network, endpoint));
    return isStuck ? [podNameOf(id, endpoint)] : [];
  });
}

/** An uplink stays in its bridge until it is released. */
function isHeld(former: Network): boolean {
  const { uplink } = coreOf(former).links(former);
  return modeOf(former).takeover !== undefined && uplink?.released !== true;
}
