/** Connections that others make to this process, as a port: Bun's own sockets in the executable, node:net under Node. Types only. */

/** One connection. What is written arrives in order, however much it is. */
export type Connection = {
  write(bytes: Uint8Array): void;
  /** Writes what is given, and closes when it has arrived. */
  end(bytes: Uint8Array): void;
  /** Closes at once. */
  destroy(): void;
};

/** Who hears what comes. */
export type Hearer = {
  data(chunk: Uint8Array): void;
  /** Called once, whoever closed it and why. */
  closed(): void;
};

/** What listens. */
export type Listening = {
  /** Accepts nobody any more; resolves when every connection is closed. */
  close(): Promise<void>;
};

/**
 * Listens at a descriptor that does already, or at a path, for this user alone; `accept` returns who hears a connection.
 * Errors: rejects when it can't listen.
 */
export type Listen = (
  listener: number | string,
  accept: (connection: Connection) => Hearer,
) => Promise<Listening>;
