/** An endpoint of the document as a CNI result. Pure. Law: the same endpoint always gives the same result. */
import type { Endpoint, Network } from '../../schemas/generated/vnet.ts';
import { familyOf } from '../../reconciler/model/addresses/address.ts';
import { gatewayFor } from '../../reconciler/model/addresses/families.ts';
import { podRoutes } from '../../reconciler/model/modes/parts/pod.ts';
import { coreOf } from '../../reconciler/model/modes/cores.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { Dns } from '../protocol/netconf.ts';
import type { CniInterface, CniResult } from '../protocol/result.ts';
import type { CniRoute } from '../protocol/route.ts';

/**
 * Returns the result: the interfaces that the network's mode lists, ending with the pod's, which has the
 * addresses.
 * Shape: a bare lease (no hostVeth) has no interfaces. Precedence for `dns`: configuration, endpoint, network.
 */
export function reportEndpoint(
  id: string,
  endpoint: Endpoint,
  network: Network,
  dns: Dns | undefined,
): CniResult {
  const interfaces = interfacesOf(id, endpoint, network);
  const last = interfaces.length - 1;
  return {
    interfaces,
    ips: endpoint.addresses.map((address) => ({
      address,
      ...omitUndefined({
        gateway: gatewayFor(endpoint, familyOf(address)),
        interface: last < 0 ? undefined : last,
      }),
    })),
    routes: podRoutes(endpoint).map(
      (route): CniRoute => ({
        dst: destination(route),
        ...omitUndefined({ gw: route.via, priority: route.metric }),
      }),
    ),
    dns: dns ?? endpoint.dns ?? network.dns ?? {},
  };
}

function interfacesOf(id: string, endpoint: Endpoint, network: Network): readonly CniInterface[] {
  if (endpoint.hostVeth === undefined) return [];
  const interfaces = coreOf(network).attach?.interfaces(id, endpoint, network) ?? [];
  return interfaces.map(({ name, mac, mtuBytes, netns }) => ({
    name,
    ...omitUndefined({ mac, sandbox: netns, mtu: mtuBytes }),
  }));
}

function destination({ to, via }: { readonly to: string; readonly via?: string }): string {
  if (to !== 'default') return to;
  return familyOf(via ?? '') === 6 ? '::/0' : '0.0.0.0/0';
}
