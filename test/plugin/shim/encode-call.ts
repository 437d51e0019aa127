import {
  CALL_FORMAT,
  CALL_HEADER_BYTES,
  type CallWord,
  offsetOfWord,
} from '../../../plugin/serve/call-message.ts';

/** A call in the shim's format. Shape: absent words are zero, except format and lengths. */
export type WrittenCall = {
  readonly words?: Partial<Record<CallWord, bigint>>;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
};

/** Returns the bytes that the shim would send. */
export function encodeCall({ words = {}, name = 'azure-vnet', env = {}, stdin = '' }: WrittenCall): Buffer {
  const block = Object.entries(env).map(([key, value]) => `${key}=${value}\0`);
  const parts = [name, block.join(''), stdin].map((part) => Buffer.from(part));
  const lengths = parts.map(({ length }) => BigInt(length));
  const all: Partial<Record<CallWord, bigint | undefined>> = {
    format: BigInt(CALL_FORMAT),
    nameBytes: lengths[0],
    environmentBytes: lengths[1],
    stdinBytes: lengths[2],
    ...words,
  };
  const header = Buffer.alloc(CALL_HEADER_BYTES);
  for (const [word, value] of Object.entries(all)) {
    header.writeBigUInt64LE(value ?? 0n, offsetOfWord(word as CallWord));
  }
  return Buffer.concat([header, ...parts]);
}
