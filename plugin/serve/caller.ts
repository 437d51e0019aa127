/** One caller of a server, from its connection to its answer. */
import type { Connection, Hearer } from '../../reconciler/model/ports/listen.ts';
import { ALIVE, type CallMessage, decodeCall, encodeAnswer, GO, REFUSED, TAKEN } from './call-message.ts';
import type { Answer } from '../dispatch.ts';

/** What a server does with callers. */
export type Reception = {
  /** Returns whether the call is to be answered here; `leave` is the wish of another server. */
  readonly accepts: (message: CallMessage | 'foreign' | 'leave') => boolean;
  /** Hears of a call that was accepted; what it returns is called at its end, answered or not. */
  readonly began: () => () => void;
  readonly answer: (message: CallMessage) => Promise<Answer>;
};

/** Hears one call and has it answered, where the caller says that it still wants that. */
export class Caller implements Hearer {
  readonly #connection: Connection;
  readonly #reception: Reception;
  #held = new Uint8Array(0);
  #state: 'speaking' | 'taken' | 'wanted' | 'gone' = 'speaking';
  #taken: CallMessage | undefined;
  #ended: () => void = () => undefined;

  constructor(connection: Connection, reception: Reception) {
    this.#connection = connection;
    this.#reception = reception;
  }

  data(chunk: Uint8Array): void {
    if (this.#state === 'taken') this.#hearGo(chunk);
    else if (this.#state === 'speaking') this.#hearCall(chunk);
  }

  closed(): void {
    this.#state = 'gone';
    this.#ended();
  }

  /** Tells one who waits that its server lives. */
  sayAlive(): void {
    if (this.#state !== 'gone') this.#connection.write(Uint8Array.of(ALIVE));
  }

  /** Lets go of one whose call has not begun: it asks whoever serves next. */
  dismiss(): void {
    if (this.#state === 'speaking' || this.#state === 'taken') this.#connection.destroy();
  }

  #hearCall(chunk: Uint8Array): void {
    const held = new Uint8Array(this.#held.length + chunk.length);
    held.set(this.#held);
    held.set(chunk, this.#held.length);
    this.#held = held;
    const message = decodeCall(held);
    if (message === 'missing') return;
    this.#held = new Uint8Array(0);
    if (!this.#reception.accepts(message) || message === 'foreign' || message === 'leave') {
      this.#state = 'gone';
      this.#connection.end(Uint8Array.of(REFUSED));
      return;
    }
    [this.#state, this.#taken] = ['taken', message];
    this.#ended = this.#reception.began();
    this.#connection.write(Uint8Array.of(TAKEN));
  }

  #hearGo(chunk: Uint8Array): void {
    const message = this.#taken;
    if (chunk[0] !== GO || message === undefined) {
      this.#connection.destroy();
      return;
    }
    this.#state = 'wanted';
    this.#reply(message).catch(() => this.#connection.destroy());
  }

  async #reply(message: CallMessage): Promise<void> {
    const answered = await this.#reception.answer(message);
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#connection.end(encodeAnswer(answered));
  }
}
