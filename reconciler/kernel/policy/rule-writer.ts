/** Writes the expressions of a rule of nf_tables as nft(8) does. Pure. Source: linux/netfilter/nf_tables.h; nft --debug=netlink. */
import type { Family } from '../../model/addresses/address.ts';
import type { BodyWriter } from '../netlink/writer.ts';

const LIST_ELEMENT = 1;
const [EXPRESSION_NAME, EXPRESSION_DATA] = [1, 2];
const [DATA_VALUE, DATA_VERDICT, VERDICT_CODE, VERDICT_CHAIN] = [1, 2, 1, 2];
const [NFT_GOTO, NFT_RETURN, NF_ACCEPT] = [-4, -5, 1];

/** The verdict register, the first and the last of 16 bytes; those of four bytes have numbers from 8 on, in the place of the first. */
const [VERDICT, FIRST, LAST, FIRST_OF_FOUR] = [0, 1, 4, 8];

/** The keys NFT_META_PRIORITY, NFT_META_NFPROTO and NFT_META_L4PROTO, and the bases NFT_PAYLOAD_NETWORK_HEADER and NFT_PAYLOAD_TRANSPORT_HEADER. */
const META = { priority: 2, nfproto: 15, l4proto: 16 } as const;
const BASE = { network: 1, transport: 2 } as const;

/** Source: ip(7), RFC 8200 3: offsets of both addresses, their length, and the families' numbers in nf_tables. */
const ADDRESSES = {
  4: { source: 12, destination: 16, bytes: 4, nfproto: 2 },
  6: { source: 8, destination: 24, bytes: 16, nfproto: 10 },
} as const;

/** Writes one rule. */
export class RuleWriter {
  readonly #body: BodyWriter;

  constructor(body: BodyWriter) {
    this.#body = body;
  }

  /** Loads an address of the packet into the first register, if it is of the family. */
  loadAddress(family: Family, end: 'source' | 'destination'): void {
    const { [end]: offset, bytes, nfproto } = ADDRESSES[family];
    // Of meta, the register is the first attribute and the key the second.
    this.#add('meta', (body) => putNumbers(body, FIRST, META.nfproto));
    this.#add('cmp', (body) => {
      putNumbers(body, FIRST, 0);
      body.nest(3, () => void body.bytes(DATA_VALUE, new Uint8Array([nfproto])));
    });
    this.#add('payload', (body) => putNumbers(body, FIRST, BASE.network, offset, bytes));
  }

  /** Loads source and destination of the packet, one behind the other, if they are of the family. */
  loadAddresses(family: Family): void {
    this.loadAddress(family, 'source');
    const { destination, bytes } = ADDRESSES[family];
    const behind = FIRST_OF_FOUR + bytes / 4;
    this.#add('payload', (body) => putNumbers(body, behind, BASE.network, destination, bytes));
  }

  /** Loads protocol and destination port behind this number of registers of four bytes. */
  loadPort(behind: number): void {
    this.#add('meta', (body) => putNumbers(body, FIRST_OF_FOUR + behind, META.l4proto));
    this.#add('payload', (body) => putNumbers(body, FIRST_OF_FOUR + behind + 1, BASE.transport, 2, 2));
  }

  /** Keeps the packet's priority until restorePriority(). */
  keepPriority(): void {
    this.#add('meta', (body) => putNumbers(body, LAST, META.priority));
  }

  /** Gives the packet the priority that was kept. */
  restorePriority(): void {
    this.#setPriority(LAST);
  }

  /** Sets the packet's priority to the map's value for the loaded key, if it has one. */
  mapToPriority(map: string): void {
    this.#add('lookup', (body) => {
      body.text(1, map);
      put32(body, 2, FIRST);
      put32(body, 3, FIRST);
    });
    this.#setPriority(FIRST);
  }

  #setPriority(register: number): void {
    this.#add('meta', (body) => {
      put32(body, 2, META.priority);
      put32(body, 3, register);
    });
  }

  /** Loads the packet's priority. */
  loadPriority(): void {
    this.#add('meta', (body) => putNumbers(body, FIRST, META.priority));
  }

  /** Continues if the set has the loaded key. */
  ask(set: string): void {
    this.#add('lookup', (body) => {
      body.text(1, set);
      put32(body, 2, FIRST);
    });
  }

  /** Counts the packet. */
  count(): void {
    this.#add('counter', (body) => void body.bytes(1, NO_COUNT).bytes(2, NO_COUNT));
  }

  /** Goes to the chain. */
  goTo(chain: string): void {
    this.#decide((body) => {
      put32(body, VERDICT_CODE, NFT_GOTO);
      body.text(VERDICT_CHAIN, chain);
    });
  }

  /** Goes on behind the rule that led to the chain. */
  return(): void {
    this.#decide((body) => put32(body, VERDICT_CODE, NFT_RETURN));
  }

  /** Accepts the packet. */
  accept(): void {
    this.#decide((body) => put32(body, VERDICT_CODE, NF_ACCEPT));
  }

  #decide(verdict: (body: BodyWriter) => void): void {
    this.#add('immediate', (body) => {
      put32(body, 1, VERDICT);
      body.nest(2, () => {
        body.nest(DATA_VERDICT, () => verdict(body));
      });
    });
  }

  #add(name: string, fill: (body: BodyWriter) => void): void {
    this.#body.nest(LIST_ELEMENT, () => {
      this.#body.text(EXPRESSION_NAME, name);
      this.#body.nest(EXPRESSION_DATA, () => fill(this.#body));
    });
  }
}

const NO_COUNT = new Uint8Array(8);

/** The first attributes of an expression, which are numbers. */
function putNumbers(body: BodyWriter, ...values: readonly number[]): void {
  for (const [at, value] of values.entries()) put32(body, at + 1, value);
}

/** Numbers of nf_tables are in network order. */
function put32(body: BodyWriter, type: number, value: number): void {
  body.bytes(type, new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]));
}
