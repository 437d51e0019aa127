/** Matches azure-vnet's endpoints with the kernel. Pure. */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import type { AzureEndpoint, AzureNetwork } from '../../azure/state.ts';
import { familyOf, withoutLength } from '../../model/addresses/address.ts';
import { gatewayFields } from '../../model/addresses/families.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { endpointId } from '../../model/names.ts';
import { HOST, keyOf, type LinkObject, type NetObject, normaliseObject } from '../../model/state.ts';

/**
 * A finding for the administrator.
 * Shape: `sort`: `taken` and `lease` are in the document, `resting` are quarantined addresses, `left` are not
 * imported, `note` is for information.
 */
export type ImportFinding = {
  readonly sort: 'taken' | 'lease' | 'resting' | 'left' | 'note';
  readonly subject: string;
  readonly message: string;
};

/** The endpoints for the document. Shape: `kept` are addresses of live pods that were not imported. */
export type ImportedEndpoints = {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly kept: ReadonlySet<string>;
  readonly findings: readonly ImportFinding[];
};

/** The data that endpoints are compared with. */
export type ImportContext = {
  readonly network: AzureNetwork;
  readonly bridge: string;
  readonly uplinkMac: string;
  readonly observation: Observation;
  readonly now: Date;
};

/** The kernel's facts about a record. Shape: `isThere`: its host veth exists. */
type Verdict =
  | { readonly kind: 'alive'; readonly mac: string; readonly note: string | undefined }
  | { readonly kind: 'doubtful'; readonly why: string; readonly isThere: boolean };

type Judged = { readonly id: string; readonly record: AzureEndpoint; readonly verdict: Verdict };

const CONTAINER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Returns the endpoints for the document. Those whose veth, namespace and address exist as recorded are
 * imported unchanged; of the others only the address is kept, as a lease that ends with DEL or with its
 * namespace.
 * Law: every record is in `endpoints` or in a finding of sort `left`.
 */
export function importEndpoints(context: ImportContext): ImportedEndpoints {
  const { network } = context;
  const judged = network.endpoints.map((record): Judged => {
    const id = endpointId(network.id, record.containerId, record.ifName);
    return { id, record, verdict: judge(record, context) };
  });
  const collected = new Collection(context);
  const alive = judged.filter(({ verdict }) => verdict.kind === 'alive');
  for (const one of alive.toSorted((left, right) => rank(left, context) - rank(right, context))) {
    collected.take(one);
  }
  for (const one of judged.filter(({ verdict }) => verdict.kind === 'doubtful')) collected.take(one);
  return collected;
}

/** If two records claim an address, the one that matches the node's neighbour entry comes first. */
function rank({ record, verdict }: Judged, { bridge, observation }: ImportContext): number {
  const mac = verdict.kind === 'alive' ? verdict.mac : '';
  const isKnown = record.addresses.some((address) => {
    const place = {
      kind: 'neighbour',
      netns: HOST,
      dev: bridge,
      address: withoutLength(address),
      mac,
    } as const;
    const have = observation.state.get(keyOf(normaliseObject(place)));
    return have?.kind === 'neighbour' && have.mac === mac;
  });
  return isKnown ? 0 : 1;
}

function judge(record: AzureEndpoint, { bridge, observation }: ImportContext): Verdict {
  const { hostVeth, netns, ifName, addresses } = record;
  const host = linkOf(observation, HOST, hostVeth);
  const doubtful = (why: string): Verdict => ({ kind: 'doubtful', why, isThere: host !== undefined });
  if (host === undefined) return doubtful(`its veth ${hostVeth} is gone`);
  const namespace = netns === '' ? undefined : observation.namespaces.get(netns);
  if (namespace === undefined || namespace === 'gone') return doubtful(`no namespace at "${netns}"`);
  const pod = linkOf(observation, netns, ifName);
  if (pod?.peer?.netns !== HOST || pod.peer.name !== hostVeth) {
    return doubtful(`${ifName} in ${netns} is not the peer of ${hostVeth}`);
  }
  const missing = addresses.find((address) => !observation.state.has(addressKey(netns, ifName, address)));
  if (missing !== undefined) return doubtful(`${ifName} in ${netns} does not have ${missing}`);
  const mac = pod.mac ?? record.mac;
  const changed = mac === record.mac ? undefined : `its MAC is ${mac}, not ${record.mac}: using the kernel's`;
  const moved =
    (host.master ?? '') === bridge ? undefined : `${hostVeth} is not a port of ${bridge}: reattached`;
  return { kind: 'alive', mac, note: changed ?? moved };
}

function addressKey(netns: string, dev: string, address: string): string {
  return keyOf(normaliseObject({ kind: 'address', netns, dev, address }));
}

/** Returns the link of that name in the namespace; undefined if absent. */
export function linkOf({ state }: Observation, netns: string, name: string): LinkObject | undefined {
  const key: NetObject = { kind: 'link', netns, name, type: 'device' };
  const found = name === '' ? undefined : state.get(keyOf(key));
  return found?.kind === 'link' ? found : undefined;
}

/** Collects endpoints: an address, a MAC and a veth have one owner. */
class Collection implements ImportedEndpoints {
  readonly endpoints = new Map<string, Endpoint>();
  readonly kept = new Set<string>();
  readonly findings: ImportFinding[] = [];
  readonly #context: ImportContext;
  readonly #owners = new Map<string, string>();

  constructor(context: ImportContext) {
    this.#context = context;
    this.#owners.set(context.uplinkMac, 'the uplink');
  }

  take({ id, record, verdict }: Judged): void {
    const subject = subjectOf(record);
    const fault = this.#faultOf(id, record, verdict);
    if (fault !== undefined) {
      this.#keep(record, verdict);
      this.findings.push({ sort: 'left', subject, message: fault });
      return;
    }
    const isAlive = verdict.kind === 'alive';
    this.endpoints.set(id, endpointOf(record, verdict, this.#context));
    for (const claim of claimsOf(record, verdict)) this.#owners.set(claim, subject);
    if (!isAlive) this.#keep(record, verdict);
    const note = isAlive ? verdict.note : undefined;
    const message = isAlive ? `unchanged${note === undefined ? '' : `; ${note}`}` : leaseMessage(verdict);
    this.findings.push({ sort: isAlive ? 'taken' : 'lease', subject, message });
  }

  /**
   * A pod that may be alive and is not imported keeps azure-vnet's rules, unless another endpoint has its
   * address.
   */
  #keep(record: AzureEndpoint, verdict: Verdict): void {
    if (verdict.kind === 'doubtful' && !verdict.isThere) return;
    for (const address of record.addresses.map(withoutLength)) {
      const owner = this.#owners.get(address);
      if (owner === undefined || owner === subjectOf(record)) this.kept.add(address);
    }
  }

  #faultOf(id: string, record: AzureEndpoint, verdict: Verdict): string | undefined {
    const { containerId, addresses } = record;
    if (!CONTAINER_ID.test(containerId)) return `"${containerId}" is not a container ID`;
    if (addresses.length === 0) return 'its record has no address';
    if (this.endpoints.has(id)) return 'duplicate record';
    const taken = claimsOf(record, verdict).find((claim) => this.#owners.has(claim));
    if (taken === undefined) return undefined;
    const advice = verdict.kind === 'alive' ? '; delete one of the two pods, then rerun the import' : '';
    return `${taken} is already in use by ${this.#owners.get(taken)}${advice}`;
  }
}

function claimsOf({ addresses, hostVeth }: AzureEndpoint, verdict: Verdict): readonly string[] {
  const own = addresses.map(withoutLength);
  return verdict.kind === 'alive' ? [...own, verdict.mac, hostVeth] : own;
}

function leaseMessage(verdict: Verdict): string {
  const why = verdict.kind === 'doubtful' ? verdict.why : '';
  return `${why}: its address stays leased until DEL or until its namespace is gone`;
}

function endpointOf(
  record: AzureEndpoint,
  verdict: Verdict,
  { network, observation, now }: ImportContext,
): Endpoint {
  const { pod, netns, hostVeth, addresses, gateways, routes, dns } = record;
  const fact = observation.namespaces.get(netns);
  const [first = '', ...more] = addresses;
  const known = gateways.filter((one) => one !== '0.0.0.0' && one !== '::');
  const own = ([4, 6] as const).flatMap((family) => known.find((one) => familyOf(one) === family) ?? []);
  const isPlain = routes.every(({ to, via }) => to === 'default' && (own.includes(via) || via === ''));
  const isOwnDns =
    dns.nameservers.join() !== network.dns.nameservers.join() || dns.domain !== network.dns.domain;
  return {
    ...(pod === '' ? {} : { pod }),
    ...(netns === '' ? {} : { netns }),
    ...(fact === undefined || fact === 'gone' ? {} : { netnsInode: fact.inode }),
    ...(verdict.kind === 'alive' ? { hostVeth, mac: verdict.mac } : {}),
    addresses: [first, ...more],
    ...gatewayFields(own),
    ...(isPlain ? {} : { routes: routes.map(({ to, via }) => (via === '' ? { to } : { to, via })) }),
    ...(isOwnDns && dns.nameservers.length > 0 ? { dns: dnsOf(dns) } : {}),
    added: now.toISOString(),
  };
}

/** Returns DNS settings in the document's form. */
export function dnsOf({ nameservers, domain }: AzureNetwork['dns']): {
  readonly nameservers: readonly string[];
  readonly domain?: string;
} {
  return { nameservers, ...(domain === '' ? {} : { domain }) };
}

function subjectOf({ pod, containerId, ifName, id }: AzureEndpoint): string {
  const container = containerId === '' ? `endpoint "${id}"` : `container ${containerId.slice(0, 12)}`;
  return pod === '' ? `${container} ${ifName}` : `${pod} ${ifName}`;
}
