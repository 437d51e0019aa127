/** The few things of bun:ffi that sys-bun.ts uses; the whole of bun-types would bring globals that Node lacks. */
declare module 'bun:ffi' {
  type ForeignType = 'i32' | 'u32' | 'i64_fast' | 'u64_fast' | 'ptr';

  export function dlopen<T extends Record<string, { args: readonly ForeignType[]; returns: ForeignType }>>(
    path: string,
    symbols: T,
  ): { readonly symbols: { readonly [K in keyof T]: (...args: readonly (number | Uint8Array)[]) => number } };

  export const read: { i32(address: number, offset: number): number };
}
