/** The parts of Bun's API that os/ uses; bun-types as a whole would add globals that Node lacks. */
declare module 'bun:ffi' {
  type ForeignType = 'i32' | 'u32' | 'i64_fast' | 'u64_fast' | 'ptr';

  export function dlopen<T extends Record<string, { args: readonly ForeignType[]; returns: ForeignType }>>(
    path: string,
    symbols: T,
  ): { readonly symbols: { readonly [K in keyof T]: (...args: readonly (number | Uint8Array)[]) => number } };

  /** Returns the address of the bytes, valid while they are referenced. */
  export function ptr(bytes: Uint8Array): number;

  export const read: { i32(address: number, offset: number): number };
}

declare module 'bun' {
  /** Collects the garbage of the whole heap, and releases the free memory of the allocator. */
  export function gc(isSynchronous: boolean): void;

  /** Makes a digest. */
  export class CryptoHasher {
    constructor(algorithm: 'sha256');
    update(bytes: Uint8Array): this;
    digest(encoding: 'hex'): string;
  }

  /** Throws an error with `errno` if the program cannot be started. */
  export function spawn(options: {
    readonly cmd: readonly string[];
    readonly stdio: readonly ('ignore' | number)[];
    readonly env: Readonly<Record<string, string>>;
  }): { readonly pid: number; unref(): void };

  /** Returns the path of the program; null if PATH has none. */
  export function which(name: string, options: { readonly PATH: string }): string | null;

  /** Runs a program to its end. */
  export function spawnSync(options: {
    readonly cmd: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly stdin: Uint8Array;
    readonly stdout: 'pipe';
    readonly stderr: 'pipe';
    readonly timeout: number;
  }): {
    readonly success: boolean;
    readonly exitCode: number | null;
    readonly signalCode?: string;
    readonly exitedDueToTimeout?: boolean;
    readonly stdout: Uint8Array;
    readonly stderr: Uint8Array;
  };

  /** A connection. Shape: `write` returns the number of bytes accepted, -1 if closed. */
  export type BunSocket<T> = {
    data: T;
    write(bytes: Uint8Array): number;
    end(): void;
    terminate(): void;
  };

  /** Listens. Throws on failure. */
  export function listen<T>(
    options: ({ readonly unix: string } | { readonly fd: number }) & {
      readonly socket: {
        open(socket: BunSocket<T>): void;
        data(socket: BunSocket<T>, chunk: Uint8Array): void;
        drain(socket: BunSocket<T>): void;
        end(socket: BunSocket<T>): void;
        error(socket: BunSocket<T>): void;
        close(socket: BunSocket<T>): void;
      };
    },
  ): { stop(): void };

  /** `scale` multiplies the execution counts that trigger compilation; 1 is the engine's default. */
  export const unsafe: { setJITPolicy(scale: number): void };
}
