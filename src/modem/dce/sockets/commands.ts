/** The socket commands of the `AT+QIOPEN` family, as far as TCP clients in buffer access mode need them. */
import type { Value } from '../../../wire/at/command-line.ts';
import {
  readClose,
  readContext,
  readContextSettings,
  readLookUp,
  readNameServers,
  readOpen,
  readPing,
  readRead,
  readSend,
  readStateQuery,
} from '../../../wire/at/sockets/command.ts';
import {
  LONGEST_READ,
  LONGEST_SEND,
  MOST_CONNECTIONS,
  MOST_CONTEXTS,
} from '../../../wire/at/sockets/limits.ts';
import { parseIpv4 } from '../../../wire/ipv4.ts';
import { type Answer, REFUSED } from '../answer.ts';
import { type ExtendedCommand, numericParameter } from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';
import type { SocketService } from './socket-service.ts';

const CONTEXTS = `(1-${MOST_CONTEXTS})`;
const CONNECTIONS = `(0-${MOST_CONNECTIONS - 1})`;

/** A command of the service; `read` gives what its values ask for, or nothing where they make no sense. */
function command<Request>(
  name: string,
  test: string,
  read: (values: readonly Value[]) => Request | undefined,
  run: (sockets: SocketService, request: Request) => Answer,
  more: Pick<ExtendedCommand, 'execute' | 'read'> = {},
): ExtendedCommand {
  return {
    name,
    test: `${name}: ${test}`,
    set: (module, values) =>
      asked(module, (sockets) => {
        const request = read(values);
        return request === undefined ? sockets.fail(552) : run(sockets, request);
      }),
    ...more,
  };
}

function asked({ sockets }: ModuleContext, run: (sockets: SocketService) => Answer): Answer {
  return sockets === undefined ? REFUSED : run(sockets);
}

const everyState = (module: ModuleContext): Answer =>
  asked(module, (sockets) => sockets.connectionStates(() => true));

export const socketCommandSet: readonly ExtendedCommand[] = [
  {
    name: '+QICSGP',
    test: `+QICSGP: ${CONTEXTS},(1),<APN>,<username>,<password>,(0-3)`,
    set: (module, values) =>
      asked(module, (sockets) => {
        const context = readContext(values);
        if (context !== undefined) {
          return sockets.contextSettings(context);
        }
        const settings = readContextSettings(values);
        return settings === undefined ? sockets.fail(552) : sockets.setContext(settings);
      }),
  },
  command('+QIACT', CONTEXTS, readContext, (sockets, context) => sockets.activate(context), {
    read: (module) => asked(module, (sockets) => sockets.contextStates()),
  }),
  command('+QIDEACT', CONTEXTS, readContext, (sockets, context) => sockets.deactivate(context)),
  command(
    '+QIDNSCFG',
    `${CONTEXTS},<pridnsaddr>,<secdnsaddr>`,
    readNameServers,
    (sockets, { context, servers }) => {
      if (servers.length === 0) {
        return sockets.nameServers(context);
      }
      return servers.every((server) => parseIpv4(server) !== undefined)
        ? sockets.setNameServers(servers)
        : sockets.fail(552);
    },
  ),
  command(
    '+QIOPEN',
    `${CONTEXTS},${CONNECTIONS},("TCP"),"<IP_address>/<domain_name>",<remote_port>,<local_port>,(0)`,
    readOpen,
    (sockets, request) => sockets.open(request),
  ),
  command('+QISEND', `${CONNECTIONS},(0-${LONGEST_SEND})`, readSend, (sockets, { connection, octets }) =>
    sockets.send(connection, octets),
  ),
  command('+QIRD', `${CONNECTIONS},(0-${LONGEST_READ})`, readRead, (sockets, { connection, octets }) =>
    sockets.read(connection, octets),
  ),
  command('+QICLOSE', `${CONNECTIONS},(0-65535)`, readClose, (sockets, { connection, seconds }) =>
    sockets.close(connection, seconds),
  ),
  command(
    '+QISTATE',
    '(0,1),<contextID>/<connectID>',
    readStateQuery,
    (sockets, { by, number }) =>
      sockets.connectionStates((connection, context) => (by === 'context' ? context : connection) === number),
    { execute: everyState, read: everyState },
  ),
  command('+QIDNSGIP', `${CONTEXTS},"<hostname>"`, readLookUp, (sockets, { context, host }) =>
    sockets.lookUp(context, host),
  ),
  command('+QPING', `${CONTEXTS},"<host>",(1-255),(1-10)`, readPing, (sockets, request) =>
    sockets.ping(request),
  ),
  { name: '+QIGETERROR', execute: (module) => asked(module, (sockets) => sockets.lastResult()) },
  // Whether what is entered behind AT+QISEND is echoed, while E1 holds.
  numericParameter('+QISDE', { to: 1, factory: 1 }),
];
