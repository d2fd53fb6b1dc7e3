/** What a host knows of one of its connections. */
import type { TcpConnection } from './tcp/connection.ts';
import type { TcpFailure } from './tcp/state.ts';
import type { Endpoint } from './tcp-error.ts';
import type { TcpSocket, TcpSocketHost } from './tcp-socket.ts';

/** Whoever waits for the connection. */
export interface ConnectionUser {
  readonly allowHalfOpen: boolean;
  readonly opened: (socket: TcpSocket) => void;
  readonly failed: (failure: TcpFailure | 'link-down') => void;
}

export class TcpEntry implements TcpSocketHost {
  readonly connection: TcpConnection;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly user: ConnectionUser;
  readonly wake: () => void;
  /** Absent until the connection is established. */
  socket: TcpSocket | undefined;
  isEndTraced = false;
  /** Whether it waits for its turn to send. */
  isQueued = false;

  constructor(
    connection: TcpConnection,
    ends: { readonly local: Endpoint; readonly remote: Endpoint },
    user: ConnectionUser,
    wake: (entry: TcpEntry) => void,
  ) {
    this.connection = connection;
    this.local = ends.local;
    this.remote = ends.remote;
    this.user = user;
    this.wake = () => wake(this);
  }

  get allowHalfOpen(): boolean {
    return this.user.allowHalfOpen;
  }
}
