/** Events of inotify(7). Pure. */

/** An event. Shape: `name` is empty for an event about the directory itself, or if events were lost. */
export type NameEvent = { readonly directory: number; readonly name: string };

/** struct inotify_event: a header with the length of the name, which is padded with zeros. */
const HEADER_BYTES = 16;
const LENGTH_OFFSET = 12;

/** Returns the events in what the kernel returned. */
export function parseNameEvents(bytes: Uint8Array): readonly NameEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: NameEvent[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + HEADER_BYTES + view.getUint32(at + LENGTH_OFFSET, true);
    const padded = bytes.subarray(at + HEADER_BYTES, end);
    const zero = padded.indexOf(0);
    const name = new TextDecoder().decode(zero < 0 ? padded : padded.subarray(0, zero));
    events.push({ directory: view.getInt32(at, true), name });
    at = end;
  }
  return events;
}
