/** Owner, mode, ACL and extended attributes of the document survive its writes. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAttributeCalls } from '#attributes';
import { createSys } from '#sys';
import { FLAGS } from '../../../reconciler/model/ports/sys.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { whenLoaded } from '../../../reconciler/document/library.ts';
import type { LibraryPart } from '../../../reconciler/document/store/current.ts';
import { createStore, type Store } from '../../../reconciler/document/store/store.ts';
import { NETWORK } from '../support/samples.ts';
import { lazyLibrary } from '../support/whole-library.ts';

const sys = createSys();
const calls = createAttributeCalls();
const isRoot = process.getuid?.() === 0;
const ADM = 4;

/** An ACL: owner rw-, user 1000 r--, group r--, mask r--, others ---. Source: acl(5), linux/posix_acl_xattr.h. */
const ACL = Buffer.from(
  [
    '02000000',
    '01000600ffffffff',
    '02000400e8030000',
    '04000400ffffffff',
    '10000400ffffffff',
    '20000000ffffffff',
  ].join(''),
  'hex',
);
const ACCESS_ACL = 'system.posix_acl_access';

let directory = '';
let loaded: LibraryPart[] = [];
let store: Store;
let write: () => Promise<void>;
const document = (): string => join(directory, 'state/vnet.yaml');

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vnet-attributes-'));
  loaded = [];
  const library = lazyLibrary((part) => loaded.push(part));
  const paths = { document: document(), runDirectory: join(directory, 'run') };
  store = createStore(sys, paths, 'node-1', { library });
  let bootId = 0;
  write = async () => {
    bootId += 1;
    const edit = {
      networks: new Map([['azure', NETWORK]]),
      bootId: `00000000-0000-4000-8000-00000000000${bootId}`,
    };
    const written = await whenLoaded(library, () =>
      store.transact('test', () => ok({ edit, value: undefined })),
    );
    if (!written.ok) throw new Error(JSON.stringify(written.error));
  };
  await write();
  loaded = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Returns the extended attributes of the document, by name. */
function extendedOf(path: string): Readonly<Record<string, string>> {
  const fd = sys.open(path, FLAGS.O_RDONLY, 0);
  const into = new Uint8Array(1000);
  const names = new TextDecoder().decode(into.subarray(0, sys.flistxattr(fd, into))).split('\0');
  const entries = names
    .filter((name) => name !== '')
    .map((name) => {
      const length = calls.fgetxattr(fd, name, into);
      return [name, Buffer.from(into.subarray(0, length)).toString('hex')] as const;
    });
  sys.close(fd);
  return Object.fromEntries(entries);
}

function give(path: string, name: string, value: Uint8Array): void {
  const fd = sys.open(path, FLAGS.O_RDWR, 0);
  expect(calls.fsetxattr(fd, name, value)).toBe(0);
  sys.close(fd);
}

describe('a write of the document', () => {
  it.skipIf(!isRoot)('loads nothing for a document of root alone, and makes it one again', async () => {
    await write();
    expect(loaded).toEqual([]);
    expect(statSync(document()).mode & 0o7777).toBe(0o600);
  });

  it.skipIf(!isRoot)('keeps owner, group and mode', async () => {
    chownSync(document(), 1000, ADM);
    chmodSync(document(), 0o640);
    await write();
    await write();
    expect(loaded).toEqual(['attributes']);
    expect(statSync(document())).toMatchObject({ uid: 1000, gid: ADM });
    expect(statSync(document()).mode & 0o7777).toBe(0o640);
  });

  it('keeps ACL and user attributes, behind a symbolic link too', async () => {
    const link = join(directory, 'link.yaml');
    symlinkSync(document(), link);
    give(document(), ACCESS_ACL, ACL);
    give(document(), 'user.origin', new TextEncoder().encode('ansible'));
    const before = extendedOf(document());
    expect(Object.keys(before)).toEqual(expect.arrayContaining([ACCESS_ACL, 'user.origin']));
    await write();
    expect(extendedOf(document())).toEqual(before);
    expect(extendedOf(link)).toEqual(before);
    expect(statSync(document()).mode & 0o777).toBe(0o640);
  });

  it.skipIf(!isRoot)('gives the document no ACL of its directory that it did not have', async () => {
    chmodSync(document(), 0o640);
    const state = join(directory, 'state');
    const fd = sys.open(state, FLAGS.O_RDONLY, 0);
    expect(calls.fsetxattr(fd, 'system.posix_acl_default', ACL)).toBe(0);
    sys.close(fd);
    await write();
    expect(extendedOf(document())).toEqual({});
    expect(statSync(document()).mode & 0o777).toBe(0o640);
  });

  it.skipIf(!isRoot)('keeps the group of a document in a directory that gives its own', async () => {
    const state = join(directory, 'state');
    chownSync(state, 0, ADM);
    chmodSync(state, 0o2750);
    await write();
    expect(statSync(document())).toMatchObject({ uid: 0, gid: 0 });
  });

  it('after the document is gone makes one of the writer alone', async () => {
    chmodSync(document(), 0o640);
    rmSync(document());
    mkdirSync(join(directory, 'state'), { recursive: true });
    await write();
    expect(statSync(document()).mode & 0o7777).toBe(0o600);
  });
});
