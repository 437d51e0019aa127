/** Files in memory that take the place of each other. */
import { ERRNO, FLAGS, type SwapCalls } from '../../../reconciler/model/ports/sys.ts';
import type { Disk } from './memory-sys.ts';

/** Returns the calls. Law: they behave as Linux's (test/os/contract). */
export function swapCalls(disk: Disk): SwapCalls {
  const { files, open } = disk;
  return {
    exchange: (one, other) => {
      const [first, second] = [files.get(one), files.get(other)];
      if (first === undefined || second === undefined) return -ERRNO.ENOENT;
      files.set(one, second);
      files.set(other, first);
      return 0;
    },
    openUnshared: (path, known, lengthBytes) => {
      const file = files.get(path);
      if (file === undefined) return -ERRNO.ENOENT;
      const names = [...files.values()].filter((one) => one === file);
      const isOpen = [...open.values()].some((entry) => entry.file === file);
      if (file.inode !== known.inode || names.length > 1 || isOpen) return -ERRNO.EBUSY;
      if (file.bytes.length > lengthBytes) disk.change(file, file.bytes.slice(0, lengthBytes));
      return disk.add({ path, file, flags: FLAGS.O_WRONLY, at: 0 });
    },
  };
}
