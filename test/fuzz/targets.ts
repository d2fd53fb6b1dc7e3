/** Every target, in the order of the layers: lines, packets, machines, mail, files. */
import type { FuzzTarget } from './target.ts';
import { atCommandLine } from './targets/at-command-line.ts';
import { atDialogue } from './targets/at-dialogue.ts';
import { atResponse } from './targets/at-response.ts';
import { elf, uf2 } from './targets/block-files.ts';
import { bootloader } from './targets/bootloader.ts';
import { dns } from './targets/dns.ts';
import { hdlc } from './targets/hdlc.ts';
import { intelHex, sRecord } from './targets/hex-records.ts';
import { mcuboot, settingsRecord } from './targets/images.ts';
import { ipHost } from './targets/ip-host.ts';
import { ipPackets } from './targets/ip-packets.ts';
import { mailCompose } from './targets/mail-compose.ts';
import { mailServer } from './targets/mail-server.ts';
import { moduleSockets, socketReplies } from './targets/module-sockets.ts';
import { outboxRegion } from './targets/outbox-region.ts';
import { pop3Server } from './targets/pop3-server.ts';
import { pppLink } from './targets/ppp-link.ts';
import { pppPackets } from './targets/ppp-packets.ts';
import { rfc2217 } from './targets/rfc2217.ts';
import { smtpReplies } from './targets/smtp-replies.ts';
import { smtpSubmission } from './targets/smtp-submission.ts';
import { tcpConnection } from './targets/tcp-connection.ts';
import { measurements, settings } from './targets/user-files.ts';
import { v250Server } from './targets/v250-server.ts';

export const targets: readonly FuzzTarget[] = [
  atResponse,
  atCommandLine,
  atDialogue,
  v250Server,
  socketReplies,
  moduleSockets,
  rfc2217,
  hdlc,
  pppPackets,
  pppLink,
  ipPackets,
  tcpConnection,
  ipHost,
  dns,
  smtpReplies,
  smtpSubmission,
  mailServer,
  pop3Server,
  mailCompose,
  settings,
  measurements,
  intelHex,
  sRecord,
  uf2,
  elf,
  mcuboot,
  settingsRecord,
  bootloader,
  outboxRegion,
];
