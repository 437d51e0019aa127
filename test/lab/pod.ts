/** Pods as a container runtime attaches them, on a real or simulated kernel. */
import { createHash } from 'node:crypto';
import type { Attachment, PluginResult } from '../../reconciler/cni/attachment.ts';
import type { Runtime } from '../../reconciler/cni/runtime.ts';
import { hostVethName } from '../../reconciler/model/names.ts';
import { must } from '../support/must.ts';

/** An attached pod. */
export type Attached = {
  readonly name: string;
  readonly attachment: Attachment;
  readonly result: PluginResult;
  /** Without prefix length. */
  readonly address: string;
  /** The IPv6 address, on a node that has some; the same form. */
  readonly address6?: string | undefined;
};

/** Resolves to the pod after ADD of the whole list, named as by kubelet. Rejects with a plugin's message. */
export async function attach(runtime: Runtime, name: string, netns: string): Promise<Attached> {
  const containerId = createHash('sha256').update(netns).digest('hex');
  const attachment: Attachment = {
    containerId,
    netns,
    ifName: 'eth0',
    args: { K8S_POD_NAMESPACE: 'shop', K8S_POD_NAME: name, K8S_POD_INFRA_CONTAINER_ID: containerId },
  };
  const result = must(await runtime.add(attachment));
  const [address, address6] = (result.ips ?? []).map((ip) => ip.address.split('/')[0]);
  if (address === undefined) throw new Error(`ADD of ${name} answered without an address`);
  return { name, attachment, result, address, address6 };
}

/** Returns the name of the pod's host veth in network `azure`. */
export function vethOf({ attachment }: Attached): string {
  return hostVethName('azure', attachment.containerId, attachment.ifName);
}

/** Returns the pod's MAC in its result. */
export function macOf({ name, result }: Attached): string {
  const inside = result.interfaces?.find(({ sandbox }) => sandbox !== undefined && sandbox !== '');
  if (inside?.mac === undefined) throw new Error(`the result of ${name} names no interface in the pod`);
  return inside.mac.toLowerCase();
}
