/** A control packet as one line for people. Passwords and CHAP values never show. */
import { MASK } from '../../base/trace.ts';
import { formatIpv4 } from '../ipv4.ts';
import { ChapCode, readChapValue } from './chap.ts';
import { type ConfigureOption, decodeOptions } from './configure-option.ts';
import { ControlCode, type ControlPacket, decodeControlPacket } from './control-packet.ts';
import { IpcpOptionType, readAddress } from './ipcp-option.ts';
import { isWellFormedLcpOption, LcpOptionType, readAuthentication } from './lcp-option.ts';
import { hexOf, printable, readUint16, readUint32 } from './octets.ts';
import { PapCode, readPapCredentials, readPapMessage } from './pap.ts';
import { formatProtocol, PppProtocol } from './protocol-number.ts';

/** Options shown per packet; a longer list ends in an ellipsis. */
const MOST_OPTIONS = 16;
/** Octets of an unknown option that are shown. */
const MOST_OCTETS = 16;

const controlCodeNames: Readonly<Record<number, string>> = {
  [ControlCode.configureRequest]: 'Configure-Request',
  [ControlCode.configureAck]: 'Configure-Ack',
  [ControlCode.configureNak]: 'Configure-Nak',
  [ControlCode.configureReject]: 'Configure-Reject',
  [ControlCode.terminateRequest]: 'Terminate-Request',
  [ControlCode.terminateAck]: 'Terminate-Ack',
  [ControlCode.codeReject]: 'Code-Reject',
  [ControlCode.protocolReject]: 'Protocol-Reject',
  [ControlCode.echoRequest]: 'Echo-Request',
  [ControlCode.echoReply]: 'Echo-Reply',
  [ControlCode.discardRequest]: 'Discard-Request',
  [ControlCode.identification]: 'Identification',
};
const papCodeNames: Readonly<Record<number, string>> = {
  [PapCode.authenticateRequest]: 'Authenticate-Request',
  [PapCode.authenticateAck]: 'Authenticate-Ack',
  [PapCode.authenticateNak]: 'Authenticate-Nak',
};
const chapCodeNames: Readonly<Record<number, string>> = {
  [ChapCode.challenge]: 'Challenge',
  [ChapCode.response]: 'Response',
  [ChapCode.success]: 'Success',
  [ChapCode.failure]: 'Failure',
};

interface ProtocolDescription {
  readonly name: string;
  readonly codeNames: Readonly<Record<number, string>>;
  /** What the packet says beyond its code; empty where that says all. */
  details(packet: ControlPacket): string;
}

const descriptions: Readonly<Record<number, ProtocolDescription>> = {
  [PppProtocol.lcp]: { name: 'LCP', codeNames: controlCodeNames, details: lcpDetails },
  [PppProtocol.ipcp]: { name: 'IPCP', codeNames: controlCodeNames, details: ipcpDetails },
  [PppProtocol.ccp]: { name: 'CCP', codeNames: controlCodeNames, details: () => '' },
  [PppProtocol.ipv6cp]: { name: 'IPV6CP', codeNames: controlCodeNames, details: () => '' },
  [PppProtocol.pap]: { name: 'PAP', codeNames: papCodeNames, details: papDetails },
  [PppProtocol.chap]: { name: 'CHAP', codeNames: chapCodeNames, details: chapDetails },
};

/**
 * @param octets the information field of a frame of `protocol`
 * @returns e.g. `LCP Configure-Request id 1 <accm 00000000> <magic 1c2d3e4f>`
 */
export function describePacket(protocol: number, octets: Uint8Array): string {
  const description = descriptions[protocol];
  if (description === undefined) {
    return `protocol ${formatProtocol(protocol)}, ${octets.length} octets`;
  }
  const packet = decodeControlPacket(octets);
  if (packet === undefined) {
    return `${description.name} packet with a wrong length`;
  }
  const code = description.codeNames[packet.code] ?? `code ${packet.code}`;
  const details = description.details(packet);
  return `${description.name} ${code} id ${packet.identifier}${details === '' ? '' : ` ${details}`}`;
}

function lcpDetails({ code, data }: ControlPacket): string {
  if (isConfigure(code)) {
    return optionsText(data, lcpOptionText);
  }
  switch (code) {
    case ControlCode.terminateRequest:
    case ControlCode.terminateAck:
      return reason(data);
    case ControlCode.codeReject:
      return `code ${data[0] ?? 'missing'}`;
    case ControlCode.protocolReject:
      return `protocol ${formatProtocol(readUint16(data))}`;
    case ControlCode.echoRequest:
    case ControlCode.echoReply:
    case ControlCode.discardRequest:
      return magicText(data);
    case ControlCode.identification:
      return `${magicText(data)} "${printable(data.subarray(4))}"`;
    default:
      return '';
  }
}

function ipcpDetails({ code, data }: ControlPacket): string {
  if (isConfigure(code)) {
    return optionsText(data, ipcpOptionText);
  }
  return code === ControlCode.terminateRequest || code === ControlCode.terminateAck ? reason(data) : '';
}

function papDetails(packet: ControlPacket): string {
  if (packet.code === PapCode.authenticateRequest) {
    const user = readPapCredentials(packet.data)?.user;
    return user === undefined ? 'with wrong lengths' : `user "${printable(user)}" password ${MASK}`;
  }
  return reason(readPapMessage(packet));
}

function chapDetails({ code, data }: ControlPacket): string {
  if (code === ChapCode.challenge || code === ChapCode.response) {
    const contents = readChapValue(data);
    return contents === undefined
      ? 'with a wrong length'
      : `name "${printable(contents.name)}" (value of ${contents.value.length} octets)`;
  }
  return reason(data);
}

const isConfigure = (code: number) =>
  code >= ControlCode.configureRequest && code <= ControlCode.configureReject;

const reason = (text: Uint8Array) => (text.length === 0 ? '' : `"${printable(text)}"`);

const magicText = (data: Uint8Array) => `magic ${hex32(readUint32(data))}`;

const hex32 = (value: number) => value.toString(16).padStart(8, '0');

function optionsText(data: Uint8Array, textOf: (option: ConfigureOption) => string): string {
  const { options, malformed } = decodeOptions(data);
  const texts = options.slice(0, MOST_OPTIONS).map((option) => `<${textOf(option)}>`);
  return [
    ...texts,
    ...(options.length > MOST_OPTIONS ? ['...'] : []),
    ...(malformed.length > 0 ? [`<malformed ${shortHex(malformed)}>`] : []),
  ].join(' ');
}

function lcpOptionText(option: ConfigureOption): string {
  if (!isWellFormedLcpOption(option)) {
    return unknownOptionText(option);
  }
  switch (option.type) {
    case LcpOptionType.mru:
      return `mru ${readUint16(option.data)}`;
    case LcpOptionType.accm:
      return `accm ${hex32(readUint32(option.data))}`;
    case LcpOptionType.magic:
      return `magic ${hex32(readUint32(option.data))}`;
    case LcpOptionType.pfc:
      return 'pfc';
    case LcpOptionType.acfc:
      return 'acfc';
    default:
      return `auth ${readAuthentication(option)?.replace('-', ' ') ?? hexOf(option.data.subarray(0, MOST_OCTETS))}`;
  }
}

const ipcpOptionNames: Readonly<Record<number, string>> = {
  [IpcpOptionType.address]: 'address',
  [IpcpOptionType.primaryNameServer]: 'dns1',
  [IpcpOptionType.secondaryNameServer]: 'dns2',
};

function ipcpOptionText(option: ConfigureOption): string {
  const address = readAddress(option);
  return address === undefined
    ? unknownOptionText(option)
    : `${ipcpOptionNames[option.type]} ${formatIpv4(address)}`;
}

const unknownOptionText = ({ type, data }: ConfigureOption) =>
  `option ${type}${data.length > 0 ? ` ${shortHex(data)}` : ''}`;

const shortHex = (octets: Uint8Array) =>
  hexOf(octets.subarray(0, MOST_OCTETS)) + (octets.length > MOST_OCTETS ? '...' : '');
