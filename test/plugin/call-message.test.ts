import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER, decodeCall, encodeAnswer } from '../../plugin/serve/call-message.ts';
import { encodeCall } from './shim/encode-call.ts';

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
const variable = fc.stringMatching(/^[A-Z_]{1,8}$/);

describe('a call that the shim sends', () => {
  it('contains the input of the process, and is incomplete until all of it is present', () => {
    fc.assert(
      fc.property(fc.dictionary(variable, text), text, fc.nat(), (env, stdin, cut) => {
        const bytes = encodeCall({ env, stdin, words: { programInode: 7n, podDevice: 4n, podInode: 9n } });
        expect(decodeCall(bytes)).toEqual({
          program: { device: 0, inode: 7 },
          ownNetns: { device: 0, inode: 0 },
          podNetns: { device: 4, inode: 9 },
          role: 'azure-vnet',
          env: { ...env },
          stdin,
        });
        expect(decodeCall(bytes.subarray(0, cut % bytes.length))).toBe('missing');
      }),
    );
  });

  it.each([
    ['azure-vnet', 'azure-vnet'],
    ['/opt/cni/bin/azure-vnet-ipam', 'azure-vnet-ipam'],
    ['/opt/azure-vnet-ipam/azure-vnet', 'azure-vnet'],
  ])('knows the plugin by the name it was started with: %s', (name, role) => {
    expect(decodeCall(encodeCall({ name }))).toMatchObject({ role, podNetns: undefined });
  });

  it('has the first of two variables of one name, and values with an equals sign', () => {
    const block = 'A=1\0B=x=y\0A=2\0odd\0';
    const call = encodeCall({
      stdin: block,
      words: { environmentBytes: BigInt(block.length), stdinBytes: 0n },
    });
    expect(decodeCall(call)).toMatchObject({ env: { A: '1', B: 'x=y' } });
  });

  it.each([
    ['another format', { format: 2n }],
    ['a format that is text', { format: 0x0a0d312e312f5054n }],
    ['a length that no runtime sends', { stdinBytes: 1n << 40n }],
  ])('is foreign with %s', (_what, words) => {
    expect(decodeCall(encodeCall({ words }))).toBe('foreign');
  });
});

describe('an answer', () => {
  it('has exit code and lengths before the output, in bytes', () => {
    const bytes = Buffer.from(encodeAnswer({ exitCode: 1, stdout: 'pod/ä', stderr: 'x' }));
    expect(bytes[0]).toBe(ANSWER);
    const words = [1, 9, 17].map((offset) => bytes.readBigUInt64LE(offset));
    expect(words).toEqual([1n, 1n, 6n]);
    expect(bytes.subarray(25).toString()).toBe('xpod/ä');
  });
});
