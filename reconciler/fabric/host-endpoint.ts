/**
 * Azure's host endpoint: the addresses that the virtual network assigned to this machine. HTTP only, bounded
 * in time and size.
 */
import { get, type IncomingMessage } from 'node:http';
import { type Family, formatAddress, parsePrefix, successor } from '../model/addresses/address.ts';
import {
  type AddressList,
  expandRanges,
  formatAddresses,
  subtractAddresses,
} from '../model/addresses/address-list.ts';
import { poolKey } from '../model/addresses/families.ts';
import { err, fail, failure, type Failure, ok, type Result, thrownMessage } from '../model/result.ts';
import type { FabricAnswer, FabricInterface } from './interfaces.ts';

const INTERFACES_PATH = '/machine/plugins?comp=nmagent&type=getinterfaceinfov1';
const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** The gateway of every IPv6 subnet. Source: the router advertisements of Azure's virtual networks. */
const IPV6_GATEWAY = 'fe80::1234:5678:9abc';

/** The addresses of one family. Shape: `addresses` are ranges without primary addresses. */
export type FabricSubnet = {
  readonly subnet: string;
  readonly gateway: string;
  readonly addresses: readonly string[];
};

/**
 * Addresses assigned to one interface: a subnet of each family that has some.
 * Shape: `mac` is that interface's, `*` if the answer does not say; `passedOver` has one line for each unusable
 * entry of the answer.
 */
export type FabricPools = {
  readonly mac: string;
  readonly subnets: Readonly<Partial<Record<'ipv4' | 'ipv6', FabricSubnet>>>;
  readonly passedOver: readonly string[];
};

/**
 * A query.
 * Shape: `url` is `http://host[:port]`, or a full URL.
 * Units: milliseconds; 5000 for the whole answer.
 */
export type HostQuery = { readonly url: string; readonly uplinkMac?: string; readonly timeoutMs?: number };

/**
 * Queries the host endpoint once for the addresses of the uplink. May be retried; changes nothing.
 * Errors: `timeout`, `io` (unreachable, HTTP status), `invalid` (URL or answer), `not-found` (no secondary
 * address).
 */
export async function queryHostEndpoint(query: HostQuery): Promise<Result<FabricPools>> {
  const body = await getText(query.url, query.timeoutMs ?? TIMEOUT_MS);
  if (!body.ok) return body;
  const { parseInterfaces } = await import('./interfaces.ts');
  const answer = parseInterfaces(body.value);
  return answer.ok ? selectPools(answer.value, query.uplinkMac) : answer;
}

/**
 * Returns the pools of the interface with the uplink's MAC, else of one that matches every MAC, else of the
 * primary interface: of each family the first subnet with secondary addresses. The gateway is the subnet's first
 * host, as in every Azure subnet, and the link-local router for IPv6. Pure.
 * Errors: `not-found` if there is no such interface, or it has only its primary addresses.
 */
export function selectPools(
  { interfaces, passedOver }: FabricAnswer,
  uplinkMac?: string,
): Result<FabricPools> {
  const candidates = candidatesFor(interfaces, uplinkMac);
  const found = ([4, 6] as const).flatMap((family) => {
    const one = subnetOf(interfaces, candidates, family);
    return one === undefined ? [] : [{ ...one, key: poolKey(family) }];
  });
  const [first] = found;
  if (first !== undefined) {
    const subnets = Object.fromEntries(found.map(({ key, subnet }) => [key, subnet]));
    return ok({ mac: first.mac, subnets, passedOver });
  }
  const hint = "Give the node's network interface secondary addresses (IP configurations) in Azure.";
  const which = uplinkMac === undefined ? '' : ` with MAC ${uplinkMac}`;
  const message =
    candidates.length === 0
      ? `the answer has no interface${which} and no primary one`
      : `interface ${candidates[0]?.mac} has no secondary address`;
  const rest = passedOver.length === 0 ? '' : `; skipped: ${passedOver.join(', ')}`;
  return fail('not-found', 'choose the pool from the answer of the host endpoint', `${message}${rest}`, {
    hint,
  });
}

function subnetOf(
  interfaces: readonly FabricInterface[],
  candidates: readonly FabricInterface[],
  family: Family,
): { readonly mac: string; readonly subnet: FabricSubnet } | undefined {
  const isOf = (one: FabricInterface): boolean => one.family === family;
  const own = addressesOf(interfaces.filter(isOf), (isPrimary) => isPrimary);
  for (const candidate of candidates.filter(isOf)) {
    const { mac, subnet } = candidate;
    // An address that is primary in another entry belongs to a machine.
    const secondary = subtractAddresses(
      addressesOf([candidate], (isPrimary) => !isPrimary),
      own,
    );
    const range = parsePrefix(subnet);
    if (secondary.length === 0 || range === undefined) continue;
    const gateway = family === 6 ? IPV6_GATEWAY : formatAddress(successor(range.first));
    return { mac, subnet: { subnet, gateway, addresses: formatAddresses(secondary) } };
  }
  return undefined;
}

function candidatesFor(
  interfaces: readonly FabricInterface[],
  uplinkMac: string | undefined,
): readonly FabricInterface[] {
  const named = interfaces.filter(({ mac }) => bareMac(mac) === bareMac(uplinkMac ?? ''));
  if (named.length > 0) return named;
  const anyMac = uplinkMac === undefined ? [] : interfaces.filter(({ mac }) => mac === '*');
  return anyMac.length > 0 ? anyMac : interfaces.filter(({ isPrimary }) => isPrimary);
}

function addressesOf(
  interfaces: readonly FabricInterface[],
  isWanted: (isPrimary: boolean) => boolean,
): AddressList {
  const texts = interfaces.flatMap(({ addresses }) =>
    addresses.flatMap(({ address, isPrimary }) => (isWanted(isPrimary) ? [address] : [])),
  );
  return expandRanges(texts);
}

function bareMac(mac: string): string {
  return mac.replace(/[:-]/g, '').toLowerCase();
}

/**
 * node:http instead of fetch: under Bun, fetch honours HTTP_PROXY, and a proxy would see (and answer) a query
 * that is only for this machine's host.
 */
async function getText(base: string, timeoutMs: number): Promise<Result<string>> {
  if (!/^http:\/\//i.test(base) || !URL.canParse(base)) {
    return err(unreachable('invalid', base, 'not an http:// URL'));
  }
  const url = urlOf(base);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await getResponse(url, signal);
    if (response.statusCode !== 200) {
      response.destroy();
      return err(unreachable('io', url, `HTTP status ${response.statusCode ?? 'missing'}`));
    }
    const body = await readBody(response);
    return body === undefined
      ? err(unreachable('invalid', url, `the answer is longer than ${MAX_ANSWER_BYTES} bytes`))
      : ok(body);
  } catch (error) {
    if (signal.aborted) return err(unreachable('timeout', url, `no complete answer within ${timeoutMs} ms`));
    return err(unreachable('io', url, thrownMessage(error)));
  }
}

/** A bare host gets the path and query of Azure's endpoint; a URL with a path or a query is used unchanged. */
function urlOf(base: string): string {
  const { pathname, search } = new URL(base);
  return pathname === '/' && search === '' ? new URL(INTERFACES_PATH, base).href : base;
}

function getResponse(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { signal, agent: false }, resolve).on('error', reject);
  });
}

async function readBody(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreachable(code: 'io' | 'timeout' | 'invalid', url: string, message: string): Failure {
  return failure(code, `ask the host endpoint ${url}`, message, {
    hint: 'Check that the endpoint answers on this node (curl), or use a pool with source: static.',
  });
}
