/** Addresses that only this machine reaches: a unix socket, or a loopback port. Pure. */

/** The address to listen on. */
export type LocalAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Returns the notations of an address, with a socket of this name and this port. */
export function addressForms(name: string, port: number): string {
  return `unix:/run/vnet/${name}.sock, 127.0.0.1:${port} or [::1]:${port}`;
}

/**
 * Returns the address; undefined if the text is none, or one that other machines can reach: the page discloses
 * the cluster's addresses and needs no password.
 */
export function parseLocalAddress(text: string): LocalAddress | undefined {
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
export function renderLocalAddress(address: LocalAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
