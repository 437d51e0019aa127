/** The answer of the host endpoint, in Azure's format. Pure. */
import type { Nic } from './fabric.ts';

/**
 * The behaviour of the host endpoint.
 * Shape: `empty` answers with the primary addresses alone, `fail` with status 500, both after `delayMs`. `stay`: its
 * process outlives its parent.
 */
export type WireserverOrder = {
  readonly nics: readonly Nic[];
  readonly behaviour: 'answer' | 'empty' | 'fail';
  readonly delayMs: number;
  readonly stay: boolean;
};

/** The path of the query for a machine's interfaces. Source: azure-container-networking, ipam/azure.go. */
const PATH = '/machine/plugins?comp=nmagent&type=getinterfaceinfov1';

/** Returns the answer to a request from this address: a node gets its own NIC, loopback gets all. */
export function answerRequest(
  order: WireserverOrder,
  source: string,
  url: string,
): { readonly status: number; readonly body: string } {
  const nics = order.nics.filter(
    (nic) => source === '127.0.0.1' || nic.primary === source || nic.secondaries.includes(source),
  );
  if (url !== PATH || nics.length === 0) return { status: 404, body: 'not found' };
  if (order.behaviour === 'fail') return { status: 500, body: 'the host endpoint is set to fail' };
  const interfaces = nics.map((nic) => renderInterface(nic, order.behaviour !== 'empty'));
  return { status: 200, body: `<Interfaces>${interfaces.join('')}</Interfaces>` };
}

/** The MAC has no separators. */
function renderInterface(nic: Nic, isFull: boolean): string {
  const mac = nic.mac.replaceAll(':', '').toUpperCase();
  const subnets = [
    renderSubnet('10.240.0.0/16', nic, isFull),
    ...(nic.ipv6 === undefined ? [] : [renderSubnet('fd00:240::/64', nic.ipv6, isFull)]),
  ];
  return `<Interface MacAddress="${mac}" IsPrimary="true">${subnets.join('')}</Interface>`;
}

/** The primary address comes first. */
function renderSubnet(
  prefix: string,
  { primary, secondaries }: Pick<Nic, 'primary' | 'secondaries'>,
  isFull: boolean,
): string {
  const lines = [primary, ...(isFull ? secondaries : [])].map(
    (address) => `<IPAddress Address="${address}" IsPrimary="${address === primary}"/>`,
  );
  return `<IPSubnet Prefix="${prefix}">\n${lines.join('\n')}\n</IPSubnet>`;
}
