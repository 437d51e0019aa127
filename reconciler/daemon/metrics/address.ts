/** Addresses to serve metrics on: a unix socket, or a loopback port. Pure. */

/** The address to listen on. */
export type MetricsAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** The notations of an address. */
export const ADDRESS_FORMS = 'unix:/run/vnet/metrics.sock, 127.0.0.1:9468 or [::1]:9468';

/**
 * Returns the address; undefined if the text is none, or one that other machines can reach: metrics disclose
 * the cluster's addresses and need no password.
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

/** Returns the address in its notation. */
export function renderMetricsAddress(address: MetricsAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
