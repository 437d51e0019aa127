/** The pod's side before the ADD: its namespace, and whether the interface already exists. */
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { scopeOf } from '../../reconciler/model/scope.ts';

/** The interface of a pod's first network, in every runtime and in Multus. */
const FIRST_INTERFACE = 'eth0';

/**
 * Shape: `netnsInode` is absent for a lease whose namespace is not found; `isTaken`: the interface exists;
 * `isSecondary`: the pod has another interface with a default route, which it keeps (Multus).
 */
export type PodNamespace = {
  readonly netnsInode?: number;
  readonly isTaken: boolean;
  readonly isSecondary: boolean;
  readonly own?: readonly string[];
};

/**
 * Returns error 8 if CNI_NETNS is our own namespace: a recycled /proc/PID/ns/net would redirect the changes
 * to the node's interfaces (containernetworking/plugins issue 714).
 * Source: pkg/skel/skel.go.
 */
export function refuseOwnNetns(host: Host, { invocation }: Call): CniError | undefined {
  const { netns, netnsOverride } = invocation;
  if (netns === '' || netnsOverride || !host.isOwnNetns(netns)) return undefined;
  const how = 'Use the namespace of a container, or set CNI_NETNS_OVERRIDE=1.';
  return cniError(CNI_CODES.invalidNetns, `CNI_NETNS ${netns} is the namespace of the plugin itself`, how);
}

/** Returns the namespace's identity and the interfaces that matter. Errors: 8 if there is no namespace. */
export function readPodNamespace(host: Host, { invocation, role }: Call): Result<PodNamespace, CniError> {
  const { netns, ifName } = invocation;
  const names = ifName === FIRST_INTERFACE ? [ifName] : [ifName, FIRST_INTERFACE];
  const pods = names.map((name) => ({ netns, ifName: name }));
  const seen = host.session.kernel.observe(scopeOf({ pods, own: true }));
  if (!seen.ok) return err(toCniError(seen.error, 'kernel'));
  const fact = seen.value.namespaces.get(netns);
  if (fact === undefined || fact === 'gone') {
    if (role === 'azure-vnet-ipam')
      return ok({ isTaken: false, isSecondary: false, ...omitUndefined({ own: seen.value.own }) });
    const how = 'The container is gone, or CNI_NETNS is not the path of a network namespace.';
    return err(cniError(CNI_CODES.invalidNetns, `no network namespace at ${netns}`, how));
  }
  const objects = [...seen.value.state.values()].filter((object) => object.netns === netns);
  const hasInterface = objects.some((object) => object.kind === 'link' && object.name === ifName);
  const isSecondary = objects.some(
    (object) =>
      object.kind === 'route' && object.to === 'default' && object.tos === undefined && object.dev !== ifName,
  );
  const { own } = seen.value;
  return ok({
    netnsInode: fact.inode,
    isTaken: hasInterface && role === 'azure-vnet',
    isSecondary,
    ...omitUndefined({ own }),
  });
}
