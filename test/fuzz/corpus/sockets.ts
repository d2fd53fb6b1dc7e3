/** Dialogues with modules that have sockets, both directions. */
import { latin1 } from '../target.ts';

/** What such modules send. */
export const socketResponses: readonly Uint8Array[] = [
  latin1('\r\n+QIACT: 1,1,1,"10.1.2.3"\r\n\r\nOK\r\n'),
  latin1('\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n\r\n+QIURC: "recv",0\r\n'),
  latin1('\r\n+QIRD: 9\r\n\r\nOK\r\n"\x00>\r\n\r\nOK\r\n\r\n+QIRD: 0\r\n\r\nOK\r\n'),
  latin1('\r\n> \r\nSEND OK\r\n\r\n> \r\nSEND FAIL\r\n\r\n+QISEND: 9,5,4\r\n\r\nOK\r\n'),
  latin1(
    '\r\n+QIURC: "dnsgip",0,1,600\r\n\r\n+QIURC: "dnsgip","203.0.113.25"\r\n\r\n+QIURC: "dnsgip",565\r\n',
  ),
  latin1('\r\n+QPING: 0,"203.0.113.25",56,120,255\r\n\r\n+QPING: 569\r\n\r\n+QPING: 0,2,1,1,120,120,120\r\n'),
  latin1(
    '\r\n+QIURC: "closed",0\r\n\r\n+QIURC: "pdpdeact",1\r\n\r\nERROR\r\n\r\n+QIGETERROR: 566,socket connect failed\r\n',
  ),
];

/** What devices send. */
export const socketCommandLines: readonly Uint8Array[] = [
  latin1('AT+QICSGP=1,1,"au.au-net.ne.jp","user","pass",2\rAT+QIACT=1\rAT+QIACT?\r'),
  latin1('AT+QIOPEN=1,0,"TCP","mail.example",587,0,0\rAT+QISEND=0,5\rhello\rAT+QIRD=0,1500\rAT+QICLOSE=0\r'),
  latin1('AT+QISEND=0\rtext\x1aAT+QISEND=0,0\rAT+QIRD=0,0\rAT+QISTATE?\rAT+QISTATE=1,0\r'),
  latin1('AT+QIDNSCFG=1,"192.0.2.53"\rAT+QIDNSGIP=1,"mail.example"\rAT+QPING=1,"203.0.113.25",4,2\r'),
  latin1('AT+QIDEACT=1\rAT+QIGETERROR\rAT+QISDE=0\rAT+QIOPEN=?;+QIRD=?\r'),
];

export const socketWords: readonly string[] = [
  '+QIRD: ',
  '+QIRD: 5\r\n',
  '+QIURC: "recv",0',
  '+QIURC: "closed",0',
  '+QIURC: "pdpdeact",1',
  '+QIOPEN: 0,0',
  '> ',
  'SEND OK',
  'SEND FAIL',
  'AT+QISEND=0,1460\r',
  'AT+QISEND=0\r',
  'AT+QIRD=0,1500\r',
  'AT+QICLOSE=0\r',
  'AT+QIACT=1\r',
  'AT+QIDEACT=1\r',
  '\x1a',
  '\x1b',
  '\r\n',
  '4096',
];
