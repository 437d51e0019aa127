import { describe } from 'vitest';
import { createMemorySys } from '../../document/support/memory-sys.ts';
import { encodeMessages } from '../../../reconciler/kernel/netlink/message.ts';
import { fakeSys, type Scripted } from '../../kernel/fake-sys.ts';
import { describeFiles } from './files.ts';
import { describeSockets } from './sockets.ts';
import { describeSwap } from './swap.ts';

describe('the system calls in memory', () => {
  describeFiles(() => {
    const memory = createMemorySys();
    memory.sys.mkdir('/work', 0o700);
    const remove = (): void => {
      if (memory.openCount() > 0) throw new Error(`${memory.openCount()} files are left open`);
    };
    return { sys: memory.sys, directory: '/work', remove };
  });
});

describe('files in memory that take the place of each other', () => {
  describeSwap(() => {
    const { sys, swap } = createMemorySys();
    sys.mkdir('/work', 0o700);
    return { sys, swap, directory: '/work', remove: () => undefined };
  });
});

describe('netlink sockets that play a script back', () => {
  const answer: Scripted = (sequence) =>
    encodeMessages([{ type: 16, flags: 0, body: new Uint8Array(1000) }], sequence);
  describeSockets((answers) => fakeSys(Array.from({ length: answers }, () => answer)).sys);
});
