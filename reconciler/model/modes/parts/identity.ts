/** Identifies the uplink of the document among the node's links: by hardware, not by name. Pure. */
import type { Uplink } from '../../../../schemas/generated/vnet.ts';
import { normaliseAddress, normaliseMac } from '../../addresses/address.ts';
import { hardwareOf } from '../../kinds/hardware.ts';
import { isMark } from '../../names.ts';
import { forEachIn, HOST, type LinkObject, type State } from '../../state.ts';

/**
 * The link of the uplink.
 * Shape: `same`: as in the document; `changed`: evidently the NIC with another name or MAC; `other`: has
 * the name, without evidence that it is the NIC; `gone`: there is none.
 */
export type Identity =
  | { readonly kind: 'same' | 'changed' | 'other'; readonly link: LinkObject }
  | { readonly kind: 'gone' };

/**
 * Returns the link of the uplink; `carrier` is the link with its addresses after the takeover. The permanent
 * MAC decides if known, then the MAC; then a link with its name, if bus path, an address of the document or
 * membership in the carrier confirms it; then the only link with an address of the document. A link with
 * another master (a bond's slave, a virtual function) is none.
 */
export function identifyUplink(uplink: Uplink, carrier: string, state: State): Identity {
  const links = candidates(carrier, state);
  const named =
    links.find(({ name }) => name === uplink.name) ??
    links.find((link) => hardwareOf(link).altNames.includes(uplink.name));
  const alike = sameHardware(uplink, links);
  const known = alike.find(({ name }) => name === uplink.name) ?? (alike.length === 1 ? alike[0] : undefined);
  if (known !== undefined) return { kind: known.name === uplink.name ? 'same' : 'changed', link: known };
  const isEvident = (link: LinkObject): boolean =>
    isAtPlace(uplink, link) || link.master === carrier || carries(uplink, link, state);
  if (named !== undefined && isEvident(named)) return { kind: 'changed', link: named };
  const carrying = links.filter((link) => carries(uplink, link, state));
  const [only] = carrying;
  if (only !== undefined && carrying.length === 1) return { kind: 'changed', link: only };
  return named === undefined ? { kind: 'gone' } : { kind: 'other', link: named };
}

/** In the order of their names. */
function candidates(carrier: string, state: State): readonly LinkObject[] {
  const links: LinkObject[] = [];
  forEachIn(state, (object) => {
    if (object.kind !== 'link' || object.netns !== HOST || object.name === 'lo') return;
    const { type, mac, alias, master = '' } = object;
    const isFree = master === '' || master === carrier;
    if (type !== 'bridge' && mac !== undefined && !isMark(alias) && isFree) links.push(object);
  });
  return links.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** A VLAN has the MAC of the NIC below it. */
function sameHardware({ name, mac, hardware }: Uplink, links: readonly LinkObject[]): readonly LinkObject[] {
  const permanent = hardware?.permanentMac;
  const burnt =
    permanent === undefined
      ? []
      : links.filter((link) => hardwareOf(link).permanentMac === normaliseMac(permanent));
  if (burnt.length > 0) return burnt;
  return links.filter(
    (link) => link.mac === normaliseMac(mac) && (link.name === name || link.lower === undefined),
  );
}

function isAtPlace({ hardware }: Uplink, link: LinkObject): boolean {
  return hardware?.busPath !== undefined && hardwareOf(link).busPath === hardware.busPath;
}

function carries({ addresses = [] }: Uplink, { name }: LinkObject, state: State): boolean {
  const own = new Set(addresses.map(({ address }) => normaliseAddress(address)));
  return Array.from(state.values()).some(
    (object) =>
      object.kind === 'address' &&
      object.netns === HOST &&
      object.dev === name &&
      own.has(normaliseAddress(object.address)),
  );
}
