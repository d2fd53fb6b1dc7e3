/** The stations in the order in which they are visited. */
import type { Station } from './station.ts';
import { dial, escapeAndReturn, hangUp, ppp, reset } from './stations/call.ts';
import { identity } from './stations/identity.ts';
import { auth, certificate, ehlo, testMailStation } from './stations/mail.ts';
import { latency, names, port25, submissionPorts, throughput } from './stations/network.ts';
import { autobaud, port } from './stations/port.ts';
import { bands, registration, signal, sim, time } from './stations/radio.ts';

export const stations: readonly Station[] = [
  port,
  autobaud,
  identity,
  sim,
  signal,
  registration,
  bands,
  time,
  dial,
  ppp,
  names,
  latency,
  throughput,
  port25,
  submissionPorts,
  ehlo,
  certificate,
  auth,
  testMailStation,
  escapeAndReturn,
  hangUp,
  reset,
];
