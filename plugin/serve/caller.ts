/** One caller of a server, from connection to answer. */
import type { Connection, ConnectionHandler } from '../../reconciler/model/ports/listen.ts';
import { ALIVE, type CallMessage, decodeCall, encodeAnswer, GO, REFUSED, TAKEN } from './call-message.ts';
import type { Answer } from '../dispatch.ts';

/** The server's side of a caller. */
export type Reception = {
  /** Returns true for a call that is answered here; `leave` is another server's request to exit. */
  readonly accepts: (message: CallMessage | 'foreign' | 'leave') => message is CallMessage;
  /** Called for each accepted call; the returned function is called at its end, answered or not. */
  readonly began: () => () => void;
  readonly answer: (message: CallMessage) => Promise<Answer>;
};

/** Receives one call and, once the caller sends GO, answers it. */
export class Caller implements ConnectionHandler {
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

  /** Informs a waiting caller that the server is alive. */
  sayAlive(): void {
    if (this.#state !== 'gone') this.#connection.write(Uint8Array.of(ALIVE));
  }

  /** Closes the connection if the call has not begun: the caller then connects to the next server. */
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
    if (!this.#reception.accepts(message)) {
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
