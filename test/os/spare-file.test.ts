import { describe, expect, it } from 'vitest';
import { ERRNO, FLAGS } from '../../reconciler/model/ports/sys.ts';
import type { replaceFile } from '../../reconciler/os/file.ts';
import { replaceBySpare, spareOf } from '../../reconciler/os/spare-file.ts';
import { createMemorySys, type MemorySys } from '../document/support/memory-sys.ts';
import { PowerCut } from '../document/support/power-cut.ts';

const PATH = '/data/file';
const TEXTS = ['first', 'second, longer', '3rd', 'fourth', 'fifth version'] as const;

type World = { readonly memory: MemorySys; readonly by: typeof replaceFile };

/** The file after two replacements: the second one has left a spare. */
function replaced(): World {
  const memory = createMemorySys();
  memory.sys.mkdir('/data', 0o700);
  const world = { memory, by: replaceBySpare(memory.swap) };
  for (const text of TEXTS.slice(0, 2)) expect(replace(world, text)).toBe(true);
  memory.calls.length = 0;
  return world;
}

function replace({ memory, by }: World, text: string): boolean {
  return by(memory.sys, PATH, new TextEncoder().encode(text)).ok;
}

function textOf({ files }: MemorySys, path = PATH): string {
  return new TextDecoder().decode(files.get(path)?.bytes);
}

function inodesOf({ files }: MemorySys): readonly number[] {
  return [...files.values()].map(({ inode }) => inode).toSorted((one, other) => one - other);
}

describe('a file that is replaced by its spare', () => {
  it('takes turns with one other file, and has each text whole', () => {
    const { memory, by } = replaced();
    const inodes = inodesOf(memory);
    expect(inodes).toHaveLength(2);
    for (const text of [...TEXTS, ...TEXTS]) {
      expect(replace({ memory, by }, text)).toBe(true);
      expect([textOf(memory), inodesOf(memory)]).toEqual([text, inodes]);
    }
    expect(memory.openCount()).toBe(0);
  });

  it('is unchanged for a process that has opened it', () => {
    const { memory, by } = replaced();
    const fd = memory.sys.open(PATH, FLAGS.O_RDONLY, 0);
    for (const text of TEXTS) expect(replace({ memory, by }, text)).toBe(true);
    const read = memory.sys.readAll(fd);
    expect(new TextDecoder().decode(read as Uint8Array)).toBe(TEXTS[1]);
    memory.sys.close(fd);
    expect(textOf(memory)).toBe(TEXTS.at(-1));
  });

  it('is no spare if another process made it: a save, or a copy with a name of its own', () => {
    const { memory, by } = replaced();
    const saved = { inode: 5000, bytes: new TextEncoder().encode('saved') };
    memory.files.set(PATH, saved);
    memory.sys.link(PATH, '/data/backup');
    for (const text of TEXTS) {
      expect(replace({ memory, by }, text)).toBe(true);
      memory.sys.unlink('/data/copy');
      memory.sys.link(PATH, '/data/copy');
      expect([textOf(memory), textOf(memory, '/data/backup')]).toEqual([text, 'saved']);
      expect(replace({ memory, by }, 'between')).toBe(true);
      expect(textOf(memory, '/data/copy')).toBe(text);
    }
  });

  it('is replaced by a new file where names cannot be exchanged', () => {
    const { memory, by } = replaced();
    memory.fault = (call) => (call === 'exchange' ? -ERRNO.EINVAL : undefined);
    for (const text of TEXTS) {
      expect(replace({ memory, by }, text)).toBe(true);
      expect(textOf(memory)).toBe(text);
    }
    expect(inodesOf(memory)).toHaveLength(1);
  });

  it('has the old or the new text if any call fails, and can be replaced again', () => {
    const once = replaced();
    replace(once, TEXTS[2]);
    const calls = [...once.memory.calls];
    expect(calls.length).toBeGreaterThan(8);
    for (const [index, call] of calls.entries()) {
      const { memory, by } = replaced();
      let count = 0;
      memory.fault = () => (count++ === index ? -ERRNO.EIO : undefined);
      const done = replace({ memory, by }, TEXTS[2]);
      memory.fault = undefined;
      expect([TEXTS[1], TEXTS[2]]).toContain(textOf(memory));
      expect([call, !done || textOf(memory) === TEXTS[2]]).toEqual([call, true]);
      for (const text of TEXTS) {
        expect([call, replace({ memory, by }, text)]).toEqual([call, true]);
        expect([call, textOf(memory), memory.openCount()]).toEqual([call, text, 0]);
      }
    }
  });

  it('has the old or the new text, whole, after a power failure at any moment; the new one once acknowledged', () => {
    const { memory, by } = replaced();
    const cut = new PowerCut(memory);
    for (const [index, text] of TEXTS.entries()) {
      const allowed = new Set<string | undefined>([index === 0 ? TEXTS[1] : TEXTS[index - 1], text]);
      memory.fault = (call, subject) => {
        const torn = [...cut.texts(PATH)].filter((one) => !allowed.has(one));
        expect([call, torn]).toEqual([call, []]);
        cut.hear(call, subject);
        return undefined;
      };
      expect(replace({ memory, by }, text)).toBe(true);
      memory.fault = undefined;
      expect([...cut.texts(PATH)]).toEqual([text]);
    }
  });
});

describe('the name of the spare', () => {
  it('is beside the file', () => {
    expect(spareOf('/var/lib/vnet/vnet.yaml')).toBe('/var/lib/vnet/.vnet.yaml.spare');
    expect(spareOf('/file')).toBe('/.file.spare');
  });
});
