/** This node on the live page: networks, policies, and each pod with the way of its packets. */
import type { Hop, OwnNodeView, PodView } from '../../../cluster/page/view.ts';
import { type AttachmentPicture, describeGraph, titleOf } from '../../../graph/model.ts';
import type { Members, PolicyPod } from '../../../model/policy/members.ts';
import { selectingPolicies } from '../../../model/policy/explain.ts';
import { policyInputOf } from '../../../model/policy/policy-input.ts';
import { renderFailure, type Result } from '../../../model/result.ts';
import { renderPlan } from '../../../plan/text.ts';
import { type Chain, chainOf, type ChainLink } from '../explain/chain.ts';
import { compareNode, type NodeComparison, type NodeView } from '../look/compare-node.ts';
import type { PolicyInput } from '../../../model/policy/compiler/compile.ts';
import { messageOf } from '../../../cluster/agent/apply-revision.ts';

/** A node and its sources. Shape: `name` is the node's in Kubernetes; `members` returns its pods, namespaces and policies of the cluster. */
export type OwnNode = {
  readonly name: string;
  readonly node: NodeView;
  readonly members: () => Result<Members | undefined>;
};

/** Returns the present view of the node; `problem` says why there is none. */
export function ownNodeView({ name, node, members }: OwnNode): OwnNodeView {
  const seen = compareNode(node);
  const known = members();
  const without = (problem: string): OwnNodeView => ({ ...NOTHING, name, problem });
  if (!seen.ok) return without(messageOf(seen.error));
  if (!known.ok) return without(renderFailure(known.error));
  if (seen.value === undefined) return without('no document yet: the first ADD of a pod writes it');
  return viewOf(name, { comparison: seen.value, node, members: known.value });
}

const NOTHING = { generation: 0, networks: [], policy: '', pods: [], plan: '' } as const;

type Seen = {
  readonly comparison: NodeComparison;
  readonly node: NodeView;
  readonly members: Members | undefined;
};

function viewOf(name: string, { comparison, node, members }: Seen): OwnNodeView {
  const { document, planned, plan, causes } = comparison;
  const { observation } = planned;
  const graph = describeGraph({ document, observation, plan, causes: causes ?? new Map() });
  const input = policyInputOf(document, members);
  const isEnforcing = document.policy?.enforce === true;
  const policiesOf = (pod: string): readonly string[] => {
    const found = input.pods.find((one) => `${one.namespace}/${one.name}` === pod);
    return found === undefined || !isEnforcing ? [] : isolating(input.policies, found);
  };
  const pods = graph.segments.flatMap((segment) =>
    segment.attachments.map((attachment): PodView => {
      const endpoint = document.endpoints?.[attachment.id];
      const chain =
        endpoint === undefined
          ? undefined
          : chainOf(document, { id: attachment.id, endpoint }, observation, (path, link) =>
              node.indexOf?.(path, link),
            );
      const { id, addresses, standing: state } = attachment;
      return {
        id,
        pod: titleOf(attachment),
        network: segment.name,
        addresses,
        state,
        hops: chain === undefined ? [] : hopsOf(chain, attachment),
        policies: policiesOf(attachment.pod),
        differences: attachment.differences.map(
          ({ object, field, want, have }) => `${object} ${field}: want ${want}, have ${have}`,
        ),
      };
    }),
  );
  const count = Object.keys(input.policies).length;
  return {
    name,
    generation: graph.generation,
    networks: graph.segments.map((segment) => `${segment.name}: mode ${segment.mode}, ${segment.pool}`),
    policy: isEnforcing ? `${count} policies are enforced.` : 'Not enforced (policy.enforce).',
    pods,
    plan: renderPlan(plan),
  };
}

function isolating(policies: PolicyInput['policies'], pod: PolicyPod): readonly string[] {
  const names = (['ingress', 'egress'] as const).flatMap((direction) =>
    selectingPolicies(policies, direction, pod).map((policy) => policy.name),
  );
  return [...new Set(names)].toSorted();
}

function hopsOf({ pod, veth, bridge, uplink }: Chain, attachment: AttachmentPicture): readonly Hop[] {
  const { addresses, mac, netns } = attachment;
  const port = veth?.master === undefined ? [] : [`port of ${veth.master}`];
  const alias = veth?.alias === undefined ? [] : [veth.alias];
  return [
    ...hopOf(
      'in the pod',
      pod,
      [...addresses, mac, netns].filter((fact) => fact !== ''),
    ),
    ...hopOf('host veth', veth, [...port, ...alias]),
    ...hopOf('bridge', bridge, []),
    ...hopOf('uplink', uplink, uplink?.master === undefined ? [] : [`port of ${uplink.master}`]),
  ];
}

function hopOf(role: string, link: ChainLink | undefined, facts: readonly string[]): readonly Hop[] {
  return link === undefined ? [] : [{ role, name: link.name, facts, isThere: link.isThere }];
}
