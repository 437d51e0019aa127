import { describe, expect, it } from 'vitest';
import { parseNameEvents } from '../../reconciler/daemon/document-watcher.ts';

/** struct inotify_event, the name padded to `paddedBytes`. */
function event(directory: number, name: string, paddedBytes: number): readonly number[] {
  const bytes = new Uint8Array(16 + paddedBytes);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, directory, true);
  view.setUint32(12, paddedBytes, true);
  bytes.set(new TextEncoder().encode(name), 16);
  return [...bytes];
}

describe('events of names', () => {
  it('are read one after another, without the padding of their names', () => {
    const bytes = Uint8Array.from([
      ...event(1, 'vnet.yaml', 16),
      ...event(2, '', 0),
      ...event(1, 'sixteen-bytes-xx', 16),
      ...event(-1, '', 0),
    ]);
    expect(parseNameEvents(bytes)).toEqual([
      { directory: 1, name: 'vnet.yaml' },
      { directory: 2, name: '' },
      { directory: 1, name: 'sixteen-bytes-xx' },
      { directory: -1, name: '' },
    ]);
  });

  it('are none in nothing, and none of an incomplete header', () => {
    expect(parseNameEvents(new Uint8Array(0))).toEqual([]);
    expect(parseNameEvents(new Uint8Array(15))).toEqual([]);
  });
});
