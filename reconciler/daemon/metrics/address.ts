/** Where metrics are offered: a unix socket, or a port of this machine alone. Pure. */

/** Where to listen. */
export type MetricsAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** How an address is written. */
export const ADDRESS_FORMS = 'unix:/run/vnet/metrics.sock, 127.0.0.1:9468 or [::1]:9468';

/**
 * Returns the address that the text names, undefined when it names none, or one that other machines can reach: what is
 * offered tells a cluster's addresses, and asks for no password.
 */
export function parseMetricsAddress(text: string): MetricsAddress | undefined {
  const path = /^unix:(\/.+[^/])$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'unix', path };
  const [, host = '', digits = ''] =
    /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === '' || port < 1 || port > 65_535 || host.split('.').some((part) => Number(part) > 255))
    return undefined;
  return { kind: 'tcp', host: host.replaceAll(/[[\]]/g, ''), port };
}

/** Returns the address as it is written. */
export function renderMetricsAddress(address: MetricsAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
