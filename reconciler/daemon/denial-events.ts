/** Denied packets as events: each connection once in a minute. */
import { readMembers } from '../document/members-file.ts';
import type { VnetEvent } from '../loop/files/event.ts';
import type { Session } from '../loop/node/session.ts';
import { type DeniedPacket, nameDenial } from '../model/policy/denial.ts';
import { policyInputOf } from '../model/policy/world.ts';

/** Units: milliseconds. */
const SILENCE_MS = 60_000;

/** Events in a minute, whatever is denied. */
const MOST_EVENTS = 30;

/** The event of a denial, with its direction and policies. */
export type ReportedDenial = {
  readonly event: VnetEvent;
  readonly direction: DeniedPacket['direction'];
  readonly policies: readonly string[];
};

/** Chooses the denials to tell, and names their pods. Units: `nowMs` milliseconds on a monotonic clock. */
export class DenialReporter {
  readonly #session: Session;
  readonly #told = new Map<string, number>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Returns the events; none for a connection that was told of in the last minute. */
  tell(packets: readonly DeniedPacket[], nowMs: number): readonly ReportedDenial[] {
    for (const [key, atMs] of this.#told) if (atMs + SILENCE_MS <= nowMs) this.#told.delete(key);
    const fresh = packets.filter((packet) => this.#isNews(packet, nowMs));
    const { store, files, now } = this.#session;
    const read = fresh.length === 0 ? undefined : store.read();
    const document = read?.ok === true ? read.value?.document : undefined;
    if (document === undefined) return [];
    const members = files === undefined ? undefined : readMembers(files);
    const input = policyInputOf(document, members?.ok === true ? members.value : undefined);
    const time = now().toISOString();
    return fresh.map((packet) => {
      const { message, policies } = nameDenial(input, packet);
      return { event: { time, type: 'Denied', message }, direction: packet.direction, policies };
    });
  }

  #isNews({ direction, source, destination, protocol, port }: DeniedPacket, nowMs: number): boolean {
    const key = [direction, source, destination, protocol, port].join();
    if (this.#told.has(key) || this.#told.size >= MOST_EVENTS) return false;
    this.#told.set(key, nowMs);
    return true;
  }
}
