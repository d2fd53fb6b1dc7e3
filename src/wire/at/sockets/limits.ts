/** Bounds of the socket commands of the `AT+QIOPEN` family, for both ends of the line. */

/** Packet contexts: 1 to this. */
export const MOST_CONTEXTS = 16;
/** Connections: `connectID` 0 to 11. */
export const MOST_CONNECTIONS = 12;
/** Octets of one AT+QISEND. */
export const LONGEST_SEND = 1460;
/** Octets that one AT+QIRD gives. */
export const LONGEST_READ = 1500;
/** Octets of a host's name or address in AT+QIOPEN, AT+QIDNSGIP and AT+QPING. */
export const LONGEST_HOST = 150;
/** Echo requests of one AT+QPING, and seconds that each may take. */
export const MOST_ECHOES = 10;
export const LONGEST_ECHO_S = 255;
