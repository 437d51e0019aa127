/** The endpoints of pods behind a bridge: host-local's leases, matched with the interfaces in namespaces. Pure. */
import type { Endpoint, Pools } from '../../../../schemas/generated/vnet.ts';
import {
  type Family,
  familyOf,
  isInRange,
  normaliseAddress,
  parseAddress,
  parsePrefix,
  withoutLength,
} from '../../../model/addresses/address.ts';
import { gatewayFields, subnetTexts } from '../../../model/addresses/families.ts';
import { endpointId, releaseKey } from '../../../model/names.ts';
import type { VethPeer } from '../../../model/ports/veth-peer.ts';
import type { ImportFinding } from '../endpoints.ts';
import { isAttachmentOf } from '../live-proposal.ts';
import type { BridgeSource, LocalLease } from './source.ts';

type Place = { readonly name: string; readonly pools: Pools; readonly now: Date };

/** Collects the endpoints of live pods, and the fate of the other leases. */
export class LocalEndpoints {
  readonly endpoints = new Map<string, Endpoint>();
  readonly released = new Map<string, string>();
  readonly findings: ImportFinding[] = [];
  /** True if a pod has addresses that are not its endpoint's: filtering would cut them off. */
  hasOthers = false;
  readonly #source: BridgeSource;
  readonly #place: Place;
  readonly #held = new Set<string>();

  constructor(source: BridgeSource, place: Place) {
    this.#source = source;
    this.#place = place;
  }

  take(end: VethPeer): void {
    const { name, now } = this.#place;
    const inPools = end.addresses.filter((address) => this.#isOfPool(address));
    const [first, ...more] = ([4, 6] as const).flatMap(
      (family: Family) => inPools.find((address) => familyOf(address) === family) ?? [],
    );
    if (first === undefined) {
      const message = `${end.ifName} in ${end.netns} has no address of ${name}: not imported, foreign`;
      this.findings.push({ sort: 'left', subject: end.hostVeth, message });
      return;
    }
    const lease = this.#leaseOf(end);
    const known = this.#source.known.find((one) => one.network === name && isAttachmentOf(one, end));
    const containerId = lease?.containerId ?? known?.containerId ?? nameOf(end.netns);
    const others = end.addresses.filter((address) => address !== first && !more.includes(address));
    this.hasOthers ||= others.length > 0;
    const addresses: Endpoint['addresses'] = [first, ...more];
    for (const address of addresses) this.#held.add(normaliseAddress(withoutLength(address)));
    this.endpoints.set(endpointId(name, containerId, end.ifName), {
      ...(known?.pod === undefined ? {} : { pod: known.pod }),
      netns: known?.netns ?? end.netns,
      netnsInode: end.netnsInode,
      hostVeth: end.hostVeth,
      mac: end.mac,
      addresses,
      ...gatewayFields(end.gateways),
      ...(end.gateways.length === 0 ? { routes: [] } : {}),
      added: now.toISOString(),
    });
    const remarks = [
      ...(lease === undefined && known === undefined
        ? ['its container ID is unknown: the endpoint ends with its namespace']
        : []),
      ...(others.length === 0
        ? []
        : [`it also has ${others.join(', ')}: antiSpoofing is off, since it would drop these`]),
    ];
    const subject = known?.pod ?? `container ${containerId.slice(0, 12)}`;
    this.findings.push({
      sort: 'taken',
      subject: `${subject} ${end.ifName}`,
      message: ['unchanged', ...remarks].join('; '),
    });
  }

  /** Leases without a pod: free after their quarantine, or kept while a pod may exist that was not found. */
  rest(isIncomplete: boolean): void {
    const { name, now } = this.#place;
    for (const { address, containerId, ifName = 'eth0' } of this.#source.leases) {
      const id = endpointId(name, containerId, ifName);
      if (this.#held.has(normaliseAddress(address)) || !this.#isOfPool(address)) continue;
      const whose = `recorded for container ${containerId.slice(0, 12)}`;
      if (isIncomplete && !this.endpoints.has(id)) {
        const length = this.#lengthOf(address);
        this.endpoints.set(id, { addresses: [`${address}${length}`], added: now.toISOString() });
        this.findings.push({
          sort: 'lease',
          subject: address,
          message: `${whose}, which was not found: leased until DEL`,
        });
      } else {
        this.released.set(releaseKey(name, normaliseAddress(address)), now.toISOString());
        this.findings.push({
          sort: 'resting',
          subject: address,
          message: `${whose}, which is gone: quarantined, then free`,
        });
      }
    }
  }

  #leaseOf(end: VethPeer): LocalLease | undefined {
    const own = new Set(end.addresses.map((address) => normaliseAddress(withoutLength(address))));
    return this.#source.leases.find(
      ({ address, ifName = end.ifName }) => own.has(normaliseAddress(address)) && ifName === end.ifName,
    );
  }

  #subnetOf(address: string): string | undefined {
    const value = parseAddress(withoutLength(address));
    const own = subnetTexts({ pools: this.#place.pools });
    return own.find((subnet) => {
      const prefix = parsePrefix(subnet);
      return (
        prefix !== undefined &&
        value !== undefined &&
        familyOf(subnet) === familyOf(address) &&
        isInRange(value, prefix)
      );
    });
  }

  #isOfPool(address: string): boolean {
    return this.#subnetOf(address) !== undefined;
  }

  #lengthOf(address: string): string {
    const subnet = this.#subnetOf(address) ?? '';
    return subnet.slice(subnet.indexOf('/'));
  }
}

function nameOf(netns: string): string {
  return netns.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-._]+/, '');
}
